import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasEmulators, installationOfFile, wantEmulators } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { PEOPLE, typedRights } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import { BOOT_MS, typing } from './typing.ts'

const installation = installationOfFile(29_000)
const { admitPeople, typeEach, untilAda } = typing(installation)

beforeAll(async () => {
  if (!hasEmulators) return
  await installation().start()
  await untilAda('Ready')
  await admitPeople()
}, 2 * BOOT_MS)

beforeEach(wantEmulators)

// What admins may, all of it, the other surfaces' tests type.
const WHO: readonly Standing[] = ['viewer', 'owner']

describe('whoever acts through planes', () => {
  test.each(WHO)(
    'as %s has the rights of that, and leaves one entry for each change',
    { timeout: BOOT_MS },
    async (who) => {
      const actor = PEOPLE[who]
      await untilAda('Ready')
      const as: OpenClaw = (args, input) => installation().planes([...args, '--context', actor], input)
      const each = typeEach(typedRights(who, 'cli'), as, { actor, surface: 'cli' })
      for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
    },
  )
})
