import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { ApiClient } from '../../shared/api/client.ts'
import type { AgentView } from '../../shared/api/views.ts'
import { run } from '../fakes/run.ts'
import { look } from './ada.ts'
import { hasEmulators } from './installation.ts'
import type { Installation } from './installation.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { machineRecord } from './machine-record.ts'
import { OTHER, PEOPLE } from './typed-rights.ts'
import type { TypedVerb } from './typed-verbs.ts'

/** A machine that is busy with other tests takes minutes for what takes a person's seconds. */
export const BOOT_MS = 300_000

/** How many entries are looked through. */
const NEWEST = 200

/** Who an installation is to itself. */
export const LOCAL = 'local@localhost'

/** What was done, by whom and from where. */
type Entry = { readonly actor: string; readonly surface: string; readonly action: string }

/** Who types, and into what. */
type Actor = Pick<Entry, 'actor' | 'surface'>

/** Typing verbs at an installation that has the agent `ada`, and reading what they left. */
export type Typing = ReturnType<typeof typing>

/** What all that is typed at one installation needs. */
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

  async function untilAda(phase: AgentView['phase']): Promise<void> {
    const isSo = async () => (await look(installation())).phase === phase
    await vi.waitUntil(isSo, { timeout: BOOT_MS, interval: 200 })
  }

  return {
    installation,
    record: machineRecord(installation),
    untilAda,
    /** Types one verb after the other: what each said and has left, and what it should have. */
    typeEach: async function* (this: void, verbs: readonly TypedVerb[], typed: OpenClaw, { actor, surface }: Actor) {
      const before = (await newest(1))[0]?.id
      const entries: Entry[] = []
      for (const { args, input, code = 0, says, audited, first } of verbs) {
        await first?.()
        const said = await typed(args, input)
        if (audited !== undefined) entries.push({ actor, surface, action: audited })
        const seen = { args, code: said.code, text: said.stdout + said.stderr, done: await doneSince(before) }
        yield [seen, { args, code, text: expect.stringMatching(says) as string, done: entries }] as const
      }
    },
    /** Makes members of whom it takes, a context for each, by which `planes` acts as them, and an agent of none of them. */
    admitPeople: async (): Promise<void> => {
      if (!hasEmulators) return
      const { folder, state, api, local, planes } = installation()
      const client = await api()
      for (const role of ['admin', 'viewer'] as const)
        await client.putMember({ plane: 'local', email: PEOPLE[role], role })
      await addOther(client)
      const { apiUrl } = await local()
      for (const email of Object.values(PEOPLE)) {
        const { stdout } = await run(process.execPath, ['infra/local/token.ts', email, '--state', state])
        const file = join(folder, `token-of-${email}`)
        await writeFile(file, stdout, { mode: 0o600 })
        await planes(['context', 'add', email, '--url', apiUrl, '--token-command', `cat ${file}`])
      }
    },
  }
}

/** It is stopped: a machine that failed would be for `doctor` to tell. */
async function addOther({ addAgent, stopAgent, getAgent }: ApiClient): Promise<void> {
  const other = { plane: 'local', name: OTHER.name }
  await addAgent({ ...other, ...OTHER })
  await stopAgent(other)
  const isStopped = async () => (await getAgent(other)).agent.phase === 'Stopped'
  await vi.waitUntil(isStopped, { timeout: BOOT_MS, interval: 200 })
}
