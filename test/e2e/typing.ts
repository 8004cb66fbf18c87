import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { AgentView } from '../../shared/api/views.ts'
import { look } from './ada.ts'
import { run } from '../fakes/run.ts'
import { hasEmulators } from './installation.ts'
import type { Installation } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { PEOPLE } from './typed-rights.ts'
import type { TypedVerb } from './typed-verbs.ts'

/** A machine that is busy with other tests takes minutes for what takes a person's seconds. */
export const BOOT_MS = 300_000

/** How many entries are looked through. */
const NEWEST = 200

/** What was done, by whom and from where. */
export type Entry = { readonly actor: string; readonly surface: string; readonly action: string }

/** Who types, and into what. */
type Actor = Pick<Entry, 'actor' | 'surface'>

/** Typing verbs at an installation that has the agent `ada`, and reading what they left. */
export function typing(installation: () => Installation) {
  const newest = async (limit: number) =>
    (await (await installation().api()).readAudit({ plane: 'local', limit })).entries

  /** What has been done to the plane `local` since an entry, the oldest first. @throws when the entry is not among the newest */
  async function doneSince(id: string | undefined): Promise<readonly Entry[]> {
    const entries = await newest(NEWEST)
    const end = id === undefined ? entries.length : entries.findIndex((entry) => entry.id === id)
    if (end < 0) throw new Error(`entry ${id} is not among the newest ${entries.length} of the plane "local"`)
    const fresh = entries.slice(0, end)
    return fresh.map(({ actor, surface, action }) => ({ actor, surface, action })).toReversed()
  }

  const newestEntry = async (): Promise<string | undefined> => (await newest(1))[0]?.id

  async function untilAda(phase: AgentView['phase']): Promise<void> {
    const isSo = async () => (await look(installation())).phase === phase
    await vi.waitUntil(isSo, { timeout: BOOT_MS, interval: 200 })
  }

  return {
    doneSince,
    newestEntry,
    untilAda,
    /** Whatever the tests before left of her. */
    adaRuns: async (): Promise<void> => {
      if (!hasEmulators) return
      await (await installation().api()).startAgent({ plane: 'local', name: 'ada' })
      await untilAda('Ready')
    },
    /** Makes members of whom it takes, and a context for each, by which `planes` acts as them. */
    admitPeople: async (): Promise<void> => {
      if (!hasEmulators) return
      const { folder, state, api, local, planes } = installation()
      const { putMember } = await api()
      for (const role of ['admin', 'viewer'] as const) await putMember({ plane: 'local', email: PEOPLE[role], role })
      const { apiUrl } = await local()
      for (const email of Object.values(PEOPLE)) {
        const { stdout } = await run(process.execPath, ['infra/local/token.ts', email, '--state', state])
        const file = join(folder, `token-of-${email}`)
        await writeFile(file, stdout, { mode: 0o600 })
        await planes(['context', 'add', email, '--url', apiUrl, '--token-command', `cat ${file}`])
      }
    },
    /** Types one verb after the other: what each said and has left, and what it should have. */
    typeEach: async function* (this: void, verbs: readonly TypedVerb[], typed: OpenClaw, { actor, surface }: Actor) {
      const before = await newestEntry()
      const entries: Entry[] = []
      for (const { args, input, code = 0, says, audited } of verbs) {
        const said = await typed(args, input)
        if (audited !== undefined) entries.push({ actor, surface, action: audited })
        const seen = { args, code: said.code, text: said.stdout + said.stderr, done: await doneSince(before) }
        yield [seen, { args, code, text: expect.stringMatching(says) as string, done: entries }] as const
      }
    },
  }
}
