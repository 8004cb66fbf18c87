import { describe, expect, test, vi } from 'vitest'
import type { Installation } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { slackPerson } from './slack-person.ts'
import type { SlackPerson } from './slack-person.ts'
import { ownersOpen, ownersRetry, slackRights, slackRightsInVain, slackVerbs } from './slack-verbs.ts'
import { PEOPLE } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import { BOOT_MS, LOCAL } from './typing.ts'
import type { Typing } from './typing.ts'

const PATIENT = { timeout: BOOT_MS }
const YOU = { actor: LOCAL, surface: 'slack' }
const OWNER = { actor: PEOPLE.owner, surface: 'slack' }
const STANDINGS: readonly Standing[] = ['viewer', 'owner', 'admin']

/** Who is linked to her owner from the beginning. */
const ada = (installation: Installation): Promise<SlackPerson> => slackPerson(installation, 'U0ADA')

/** Who is not linked yet, linked to whom `planes` acts as. */
async function linked(installation: Installation, ...as: readonly string[]): Promise<SlackPerson> {
  const you = await slackPerson(installation, 'U0YOU')
  const { stdout } = await you.typed(['link'])
  const [, code = ''] = /planes slack link (\S+?)`/.exec(stdout) ?? []
  expect(await installation.planes(['slack', 'link', code, '--yes', ...as])).toMatchObject({ code: 0, stderr: '' })
  return you
}

/** What the app says of an agent in direct messages. */
async function untilTold({ messages }: SlackPerson, what: string): Promise<void> {
  const isSo = async () => (await messages()).some((text) => text.includes(what))
  await vi.waitUntil(isSo, { timeout: BOOT_MS, interval: 200 })
}

/** Types every verb in Slack; the last one starts an agent whose machine fails from then on. */
export function typedInSlack({ installation, untilAda, record, typeEach }: Typing): void {
  test(
    'every verb typed in Slack works on a real agent, and leaves one entry where it changes something',
    PATIENT,
    async () => {
      await untilAda('Ready')
      const owner = await ada(installation())
      for await (const [seen, wanted] of typeEach([ownersOpen], owner.typed, OWNER)) expect(seen).toEqual(wanted)
      const you = await linked(installation())
      const verbs = slackVerbs({
        bobIsGone: () => untilTold(you, 'local/bob-of-slack is Removed'),
        adaIsStopped: async () => {
          await untilAda('Stopped')
          await record.damage()
        },
        adaFails: record.untilFailed,
      })
      for await (const [seen, wanted] of typeEach(verbs, you.typed, YOU)) expect(seen).toEqual(wanted)
      await untilTold(you, 'local/ada failed. Try again: /planes retry ada')
    },
  )
}

/** Types in Slack what people may who act there, with an agent whose machine fails. */
export function typedInVainInSlack({ installation, record, typeEach }: Typing): void {
  test.each(STANDINGS)(
    'gives to whom acts in Slack as %s the rights of that, with one entry each',
    PATIENT,
    async (who) => {
      const as = { actor: PEOPLE[who], surface: 'slack' }
      const { typed } = await (who === 'owner' ? ada(installation()) : linked(installation(), '--context', PEOPLE[who]))
      const failing: OpenClaw = (args) => record.failing(() => typed(args))
      const inVain = typeEach(slackRightsInVain(who), who === 'viewer' ? typed : failing, as)
      for await (const [seen, wanted] of inVain) expect(seen).toEqual(wanted)
      for await (const [seen, wanted] of typeEach(slackRights(who), typed, as)) expect(seen).toEqual(wanted)
    },
  )
}

/** Has an agent retried in Slack whose machine need not fail any more, and later looks what came of it. */
export function retriedInSlack({ installation, untilAda, record, typeEach }: Typing, meanwhile: () => void): void {
  describe('once that is mended', () => {
    test('a retry in Slack is taken up', PATIENT, async () => {
      await record.mend()
      const owner = await ada(installation())
      for await (const [seen, wanted] of typeEach([ownersRetry], owner.typed, OWNER)) expect(seen).toEqual(wanted)
    })

    meanwhile()

    test('makes it Ready again, which its owner is told', PATIENT, async () => {
      await untilAda('Ready')
      const owner = await ada(installation())
      await untilTold(owner, 'local/ada is Ready')
      expect(await owner.refusals()).toEqual([])
    })
  })
}
