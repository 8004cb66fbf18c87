import { expect, test } from 'vitest'
import { googleAccess } from '../../shared/gcp/access.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { accessChecks, machineChecks } from '../contract/backend-machines.ts'
import { ownAttempts } from '../contract/own-attempts.ts'
import { email } from './a-cloud.ts'
import { aComputeStand } from './compute-stand.ts'
import { onlyBackend } from './only-backend.ts'

const { 'nothing is done after an attempt has ended': late } = machineChecks

test.each(Object.entries({ ...accessChecks, ...(late && { 'nothing is done after an attempt has ended': late }) }))(
  '%s',
  async (_, check) => {
    expect.hasAssertions()
    const { google, ports } = await aComputeStand()
    const access = googleAccess(google, { machineAccount: email('planes-machine') })
    const plane = googleNetwork(google) as Backend['plane']
    await check({
      ...onlyBackend(ownAttempts({ ...ports, access, plane })),
      until: async (isSo) => expect(await isSo()).toBe(true),
    })
  },
)
