import type { Clock } from '../../shared/ports/clock.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { AuditEntry, AuditRecord, Member, SpecWriter } from '../../shared/ports/specs.ts'

type People = Pick<SpecWriter, 'getMember' | 'listMembers' | 'putMember' | 'removeMember'>
type Auditing = Pick<SpecWriter, 'audit' | 'findAudit' | 'listAudit'>

/** Members and audit trails in memory. */
export type FakeTrail = {
  readonly specs: People & Auditing
  readonly entries: { readonly plane: string; readonly entry: AuditRecord }[]
  /** Members by `{plane}/{email}`. */
  readonly members: Map<string, Member>
  append(plane: string, entry: AuditEntry | undefined): void
}

/** An empty trail, of planes that have no members. */
export function fakeTrail(clock: Clock): FakeTrail {
  const entries: { plane: string; entry: AuditRecord }[] = []
  const members = new Map<string, Member>()
  const append: FakeTrail['append'] = (plane, entry) => {
    if (entry === undefined) return
    const id = String(entries.length + 1).padStart(26, '0')
    entries.push({ plane, entry: { id, at: new Date(clock.nowMs()).toISOString(), ...entry } })
  }
  const specs = { ...people(members, clock, append), ...auditing(entries, append) }
  return { specs, entries, members, append }
}

function people(members: Map<string, Member>, clock: Clock, append: FakeTrail['append']): People {
  return {
    getMember: async (plane, email) => members.get(`${plane}/${email}`),
    listMembers: async (plane) =>
      [...members].filter(([path]) => path.startsWith(`${plane}/`)).map(([, member]) => member),
    putMember: async (plane, { email, role }, before, entry) => {
      const path = `${plane}/${email}`
      if (members.has(path) !== (before !== undefined)) throw new ProviderError('Conflict', `${path} was changed`)
      members.set(path, { email, role, createdAt: before?.createdAt ?? new Date(clock.nowMs()).toISOString() })
      append(plane, entry)
    },
    removeMember: async (plane, email, entry) => {
      if (!members.delete(`${plane}/${email}`)) throw new ProviderError('Conflict', `${email} was changed`)
      append(plane, entry)
    },
  }
}

function auditing(entries: FakeTrail['entries'], append: FakeTrail['append']): Auditing {
  const of = (plane: string): readonly AuditRecord[] =>
    entries.flatMap((kept) => (kept.plane === plane ? [kept.entry] : []))
  return {
    audit: async (plane, entry) => append(plane, entry),
    findAudit: async (plane, key) => of(plane).find((entry) => entry.key === key),
    listAudit: async (plane, { agent, before, limit }) =>
      of(plane)
        .filter(
          (entry) => (agent === undefined || entry.agent === agent) && (before === undefined || entry.id < before),
        )
        .toReversed()
        .slice(0, limit),
  }
}
