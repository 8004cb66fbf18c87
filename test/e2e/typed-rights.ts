import { DAMAGED } from './machine-record.ts'
import type { Terminal, TypedVerb } from './typed-verbs.ts'

/** Who has which standing in the plane `local`: two of them as members, one by owning the agent `ada`. */
export const PEOPLE = { admin: 'amy@example.com', viewer: 'vera@example.com', owner: 'ada@example.com' } as const
export type Standing = keyof typeof PEOPLE

/** What is typed, who may, and, in the words of a refusal, whose role it takes. */
export type TypedRight = TypedVerb & { readonly may: readonly Standing[]; readonly needs: string }

/** An agent of somebody else's, of a release that no machine boots. */
export const OTHER = { name: 'bob', owner: 'bob@example.com', openclawVersion: '2026.1.1' } as const

const PLANE = ['--plane', 'local']
const ADA = [...PLANE, '--name', 'ada']
const EVE = [...PLANE, '--email', 'eve@example.com']

export const everybody = { may: ['admin', 'viewer', 'owner'], needs: '' } as const
export const admins = { may: ['admin'], needs: 'an admin' } as const
const lookers = { may: ['admin', 'viewer'], needs: 'an admin or a viewer' } as const
export const keepers = { may: ['admin', 'owner'], needs: "an admin or the agent's owner" } as const
export const owners = { may: ['owner'], needs: "the agent's owner" } as const
const nobody = { may: [], needs: 'an admin' } as const

/** What somebody sees who types this: what they asked for, or a refusal that leaves no entry. */
export const typedBy = (who: Standing, rights: readonly TypedRight[], refusedWith: number): readonly TypedVerb[] =>
  rights.map(({ may, needs, audited, ...verb }) => {
    if (may.includes(who)) return { ...verb, ...(audited !== undefined && { audited }) }
    return { ...verb, code: refusedWith, says: new RegExp(`${PEOPLE[who]} may not do this; ${needs} may`) }
  })

/** What is nobody's business but the owner's: to an owner of another agent it is as if this one did not exist. */
export const notTheirs = (who: Standing, args: readonly string[], code: number): readonly TypedVerb[] =>
  who === 'owner' ? [{ args, code, says: /You have no agent "bob" in plane "local"/ }] : []

/**
 * Every verb, and what it says and leaves when such a person types it; for an admin, those that take one. `terminal`
 * makes values of its own.
 */
export const typedRights = (who: Standing, terminal: Terminal): readonly TypedVerb[] => {
  const all = rights(who, terminal)
  const asked = who === 'admin' ? all.filter(({ may }) => may.every((standing) => standing === 'admin')) : all
  return [...typedBy(who, asked, 1), ...notTheirs(who, ['restart', ...PLANE, '--name', OTHER.name], 1)]
}

/** The same of what boots her, while her machine fails: each is done, in vain and at once. */
export const rightsInVain = (who: Standing): readonly TypedVerb[] =>
  typedBy(
    who,
    ['restart', 'stop', 'start', 'retry'].map((verb) => ({
      args: [verb, ...ADA, '--wait'],
      code: 1,
      says: DAMAGED,
      audited: verb,
      ...keepers,
    })),
    1,
  )

/** In an order in which each finds what it wants. Nothing is waited for. */
const rights = (who: Standing, terminal: Terminal): readonly TypedRight[] => [
  { args: ['status'], says: /^ada +Ready/m, ...everybody },
  { args: ['show', ...ADA], says: /local\/ada {2}Ready/, ...everybody },
  { args: ['cost', ...PLANE], says: /ada: nobody sends a bill/, ...everybody },
  { args: ['doctor', ...PLANE], says: /API: answers at/, ...everybody },
  { args: ['slack', 'link', '0'.repeat(64), '--yes'], code: 1, says: /is over, or was used/, ...everybody },
  { args: ['audit', ...PLANE], says: /member-add vera@example.com/, ...lookers },
  { args: ['member', 'list', ...PLANE], says: /viewer +vera@example.com/, ...lookers },
  { args: ['logs', ...ADA], says: /\[gateway\]/, ...keepers },
  { args: ['open', ...ADA], says: /^http:.*#token=/, audited: 'open-agent', ...owners },
  {
    args: ['secret', 'set', ...ADA, '--secret', 'notes'],
    input: 'a value',
    says: /is set/,
    audited: 'secret-set',
    ...owners,
  },
  { args: ['update-agent', ...ADA, '--label', `amy=${terminal}`], says: /ada/, audited: 'update-agent', ...admins },
  {
    args: ['update-plane', ...PLANE, '--retention-days', terminal === 'cli' ? '5' : '6'],
    says: /local/,
    audited: 'update-plane',
    ...admins,
  },
  { args: ['retry', ...PLANE], code: 1, says: /no step of it has failed/, ...admins },
  { args: ['member', 'add', ...EVE, '--role', 'viewer'], says: /is a viewer/, audited: 'member-add', ...admins },
  { args: ['member', 'remove', ...EVE, '--yes'], says: /eve@example.com/, audited: 'member-remove', ...admins },
  {
    args: ['add-agent', ...bobOf(terminal), '--owner', OTHER.owner, '--openclaw-version', OTHER.openclawVersion],
    says: /Added agent/,
    audited: 'add-agent',
    ...admins,
  },
  {
    // Whoever may not is refused for an agent that they know of.
    args: ['remove-agent', ...(who === 'admin' ? bobOf(terminal) : ADA), '--purge', '--yes'],
    says: /bob-of-amy/,
    audited: 'remove-agent',
    ...admins,
  },
  { args: ['remove-plane', ...PLANE, '--yes'], code: 1, says: /has agents: ada/, ...admins },
  { args: ['create', '--name', 'third', '--project', 'local-plane', '--region', 'us-east4'], says: /third/, ...nobody },
]

const bobOf = (terminal: Terminal): readonly string[] => [...PLANE, '--name', `bob-of-amy-${terminal}`]
