import { expect, test } from 'vitest'
import { diskChecks, egressChecks } from '../contract/backend.ts'
import { machineChecks } from '../contract/backend-machines.ts'
import { ownAttempts } from '../contract/own-attempts.ts'
import { aComputeStand } from './compute-stand.ts'
import { onlyBackend } from './only-backend.ts'

const { 'nothing is done after an attempt has ended': _whole, ...checks } = {
  ...diskChecks,
  ...egressChecks,
  ...machineChecks,
}

test.each(Object.entries(checks))('%s', async (_, check) => {
  expect.hasAssertions()
  const { ports } = await aComputeStand()
  await check({
    ...onlyBackend(ownAttempts(ports)),
    // Calm operations are done at once.
    until: async (isSo) => expect(await isSo()).toBe(true),
  })
})
