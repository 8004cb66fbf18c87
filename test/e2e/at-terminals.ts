import { beforeAll, describe, expect, test } from 'vitest'
import type { OpenClaw } from './installed-plugin.ts'
import { PEOPLE, rightsInVain, typedRights } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import { typedVerbs } from './typed-verbs.ts'
import type { Terminal } from './typed-verbs.ts'
import { BOOT_MS, LOCAL } from './typing.ts'
import type { Typing } from './typing.ts'

/** What types `planes …` at each. */
export type Typed = Readonly<Record<Terminal, OpenClaw>>

const TERMINALS: readonly Terminal[] = ['cli', 'plugin']
const STANDINGS: readonly Standing[] = ['viewer', 'owner', 'admin']
const ACTING = STANDINGS.flatMap((who) => TERMINALS.map((terminal) => [who, terminal] as const))

const acting =
  (typed: Typed, who: Standing, terminal: Terminal): OpenClaw =>
  (args, input) =>
    typed[terminal]([...args, '--context', PEOPLE[who]], input)

/** Types every verb to `planes` and to the plugin, and then what people may who act through either. */
export function typedAtTerminals({ untilAda, record, typeEach, admitPeople }: Typing, typed: Typed): void {
  describe('every verb typed at a terminal', () => {
    test.each(TERMINALS)(
      'works on a real agent through %s, and leaves one entry where it changes something',
      { timeout: 2 * BOOT_MS },
      async (terminal) => {
        await untilAda('Ready')
        const each = typeEach(typedVerbs(terminal, record), typed[terminal], { actor: LOCAL, surface: terminal })
        for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
      },
    )
  })

  describe('whoever acts at a terminal', () => {
    beforeAll(admitPeople)

    test.each(ACTING)(
      'as %s through %s has the rights of that, and leaves one entry for each change',
      { timeout: BOOT_MS },
      async (who, terminal) => {
        await untilAda('Ready')
        const as = { actor: PEOPLE[who], surface: terminal }
        const each = typeEach(typedRights(who, terminal), acting(typed, who, terminal), as)
        for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
      },
    )
  })
}

/** Types what boots an agent whose machine fails. */
export function typedInVain({ typeEach }: Typing, typed: Typed): void {
  test.each(ACTING)(
    'is started in vain, as %s through %s, by whom it may be, with one entry each',
    { timeout: BOOT_MS },
    async (who, terminal) => {
      const as = { actor: PEOPLE[who], surface: terminal }
      const each = typeEach(rightsInVain(who), acting(typed, who, terminal), as)
      for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
    },
  )
}
