import { ProviderError } from '../ports/errors.ts'
import { isAnswer } from './errors.ts'

/** Who holds a role, and under which condition. https://cloud.google.com/iam/docs/reference/rest/v1/Policy#Binding */
export type Binding = {
  readonly role: string
  readonly members: readonly string[]
  readonly condition?: Condition
}

/** https://cloud.google.com/iam/docs/conditions-overview */
export type Condition = { readonly title: string; readonly expression: string }

/** A resource's policy. What else stands in it goes back as it came. */
export type Policy = { readonly etag?: unknown; readonly bindings?: readonly Binding[] | null }

/** Where one resource's policy is read, always in version 3, and written. */
export type PolicyHolder = {
  readonly read: () => Promise<Policy>
  readonly write: (policy: Policy & { readonly version: 3 }) => Promise<unknown>
}

type Bindings = readonly Binding[]

/** The bindings in a policy. */
export const bindingsOf = ({ bindings }: Policy): Bindings => bindings ?? []

/** Who holds a role under this condition, or under none. */
export const membersOf = (bindings: Bindings, role: string, condition?: Condition): readonly string[] => [
  ...new Set(bindings.filter((binding) => isUnder(binding, role, condition)).flatMap(({ members }) => members)),
]

/**
 * Everybody who holds a role, under whatever condition. Of who holds it as wanted, the address alone; of anybody else, the
 * member as it stands there, which equals no address.
 */
export const holdersOf = (
  bindings: Bindings,
  role: string,
  { prefix, condition }: { readonly prefix: string; readonly condition?: Condition },
): readonly string[] =>
  bindings
    .filter((binding) => binding.role === role)
    .flatMap((binding) =>
      binding.members.map((member) =>
        isUnder(binding, role, condition) && member.startsWith(prefix) ? member.slice(prefix.length) : member,
      ),
    )

/** Bindings in which these members and nobody else hold a role, under this condition or none. */
export function heldOnlyBy(
  bindings: Bindings,
  role: string,
  members: readonly string[],
  condition?: Condition,
): Bindings {
  const others = bindings.filter((binding) => binding.role !== role)
  return members.length === 0 ? others : [...others, { role, members, ...(condition && { condition }) }]
}

/** Bindings in which this member holds a role too, without a condition. */
export function heldAlsoBy(bindings: Bindings, role: string, member: string): Bindings {
  const members = membersOf(bindings, role)
  if (members.includes(member)) return bindings
  const others = bindings.filter((binding) => !isUnder(binding, role, undefined))
  return [...others, { role, members: [...members, member] }]
}

/** A title may be changed by anybody without changing what a condition says. */
const isUnder = ({ role, condition }: Binding, wanted: string, under: Condition | undefined): boolean =>
  role === wanted && condition?.expression === under?.expression

const MOST_TRIES = 3

/**
 * Reads, changes and writes a policy with the etag that was read; reads again when somebody else was faster. Nothing is
 * written when nothing changes. `admit` is asked right before every write.
 * https://cloud.google.com/iam/docs/allow-policies#etag
 * @throws ProviderError Conflict when somebody was faster each time, Propagating when it names an account too fresh
 */
export async function changePolicy(
  { read, write }: PolicyHolder,
  change: (bindings: Bindings) => Bindings,
  admit: () => void,
): Promise<void> {
  for (let left = MOST_TRIES - 1; ; left--) {
    const policy = await read()
    const bindings = change(bindingsOf(policy))
    if (isSame(bindings, bindingsOf(policy))) return
    admit()
    try {
      await write({ ...policy, version: 3, bindings })
      return
    } catch (error) {
      if (left === 0 || !isAnswer(error, 'Conflict')) throw tooFresh(error)
    }
  }
}

/** https://cloud.google.com/iam/docs/service-accounts-create: a policy that names an account made just now is refused. */
const UNKNOWN_ACCOUNT = /service account .* does not exist/i

const tooFresh = (error: unknown): unknown =>
  isAnswer(error, 'Invalid') && UNKNOWN_ACCOUNT.test(error.message)
    ? new ProviderError('Propagating', error.message, { cause: error })
    : error

function isSame(some: Bindings, others: Bindings): boolean {
  const facts = (bindings: Bindings): ReadonlySet<string> =>
    new Set(
      bindings.flatMap(({ role, members, condition }) =>
        members.map((member) => JSON.stringify([role, member, condition?.expression ?? ''])),
      ),
    )
  return facts(some).symmetricDifference(facts(others)).size === 0
}
