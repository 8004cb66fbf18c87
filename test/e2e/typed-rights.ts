import type { TypedVerb } from './typed-verbs.ts'

/** Who has which standing in the plane `local`: two of them as members, one by owning the agent `ada`. */
export const PEOPLE = { admin: 'amy@example.com', viewer: 'vera@example.com', owner: 'ada@example.com' } as const
export type Standing = keyof typeof PEOPLE

/** A command line, who may run it, and, in the words of a refusal, whose role it takes. */
type TypedRight = TypedVerb & { readonly may: readonly Standing[]; readonly needs: string }

const PLANE = ['--plane', 'local']
const ADA = [...PLANE, '--name', 'ada']
const EVE = [...PLANE, '--email', 'eve@example.com']
const BOB = [...PLANE, '--name', 'bob-of-amy']

const everybody = { may: ['admin', 'viewer', 'owner'], needs: '' } as const
const admins = { may: ['admin'], needs: 'an admin' } as const
const lookers = { may: ['admin', 'viewer'], needs: 'an admin or a viewer' } as const
const keepers = { may: ['admin', 'owner'], needs: "an admin or the agent's owner" } as const
const owners = { may: ['owner'], needs: "the agent's owner" } as const
const nobody = { may: [], needs: 'an admin' } as const

/**
 * Every verb, and what it says and leaves when such a person types it; for an admin, those that take one. `surface` makes
 * values of its own.
 */
export const typedRights = (who: Standing, surface: string): readonly TypedVerb[] =>
  rights(who, surface)
    .filter(({ may }) => who !== 'admin' || may.every((standing) => standing === 'admin'))
    .map(({ may, needs, audited, ...verb }) => {
      if (may.includes(who)) return { ...verb, ...(audited !== undefined && { audited }) }
      return { ...verb, code: 1, says: new RegExp(`${PEOPLE[who]} may not do this; ${needs} may`) }
    })

/** In an order in which each finds what it wants. Nothing is waited for. */
const rights = (who: Standing, surface: string): readonly TypedRight[] => [
  { args: ['status'], says: /^ada +Ready/m, ...everybody },
  { args: ['show', ...ADA], says: /local\/ada {2}Ready/, ...everybody },
  { args: ['cost', ...PLANE], says: /ada: nobody sends a bill/, ...everybody },
  { args: ['doctor', ...PLANE], says: /API: answers at/, ...everybody },
  { args: ['slack', 'link', 'x'.repeat(43), '--yes'], code: 1, says: /is over, or was used/, ...everybody },
  { args: ['audit', ...PLANE], says: /member-add vera@example.com/, ...lookers },
  { args: ['member', 'list', ...PLANE], says: /viewer +vera@example.com/, ...lookers },
  { args: ['logs', ...ADA], says: /\[gateway\]/, ...keepers },
  { args: ['retry', ...ADA], code: 1, says: /no step of it has failed/, ...keepers },
  { args: ['open', ...ADA], says: /^http:.*#token=/, audited: 'open-agent', ...owners },
  { args: ['restart', ...ADA], says: /is being restarted/, audited: 'restart', ...keepers },
  { args: ['stop', ...ADA], says: /is being stopped/, audited: 'stop', ...keepers },
  { args: ['start', ...ADA], says: /is being started/, audited: 'start', ...keepers },
  {
    args: ['secret', 'set', ...ADA, '--secret', 'notes'],
    input: 'a value',
    says: /is set/,
    audited: 'secret-set',
    ...owners,
  },
  { args: ['update-agent', ...ADA, '--label', `amy=${surface}`], says: /ada/, audited: 'update-agent', ...admins },
  { args: ['update-plane', ...PLANE, '--retention-days', '5'], says: /local/, audited: 'update-plane', ...admins },
  { args: ['retry', ...PLANE], code: 1, says: /no step of it has failed/, ...admins },
  { args: ['member', 'add', ...EVE, '--role', 'viewer'], says: /is a viewer/, audited: 'member-add', ...admins },
  { args: ['member', 'remove', ...EVE, '--yes'], says: /eve@example.com/, audited: 'member-remove', ...admins },
  {
    args: ['add-agent', ...BOB, '--owner', 'bob@example.com'],
    says: /Added agent/,
    audited: 'add-agent',
    ...admins,
  },
  {
    // Whoever may not is refused for an agent that they know of.
    args: ['remove-agent', ...(who === 'admin' ? BOB : ADA), '--purge', '--yes'],
    says: /bob-of-amy/,
    audited: 'remove-agent',
    ...admins,
  },
  { args: ['remove-plane', ...PLANE, '--yes'], code: 1, says: /has agents: ada/, ...admins },
  { args: ['create', '--name', 'third', '--project', 'local-plane', '--region', 'us-east4'], says: /third/, ...nobody },
]
