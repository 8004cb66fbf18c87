import type { Clock } from '../clock.ts'
import type { Store } from '../store.ts'
import { compileCondition } from './conditions.ts'
import type { Attributes, Condition } from './conditions.ts'
import { isDenied } from './deny.ts'
import { isMember } from './members.ts'
import { bindingsInForce } from './policy.ts'
import type { Binding } from './policy.ts'
import { permissionsOf } from './roles.ts'
import type { Roles } from './roles.ts'
import { subjectOf } from './subjects.ts'

/** A question: may this caller do this to that? */
export type Question = {
  readonly caller: string
  readonly permission: string
  readonly resource: string
  /** The port a tunnel is opened to. */
  readonly port?: number
  /** Roles a setIamPolicy changes. */
  readonly modifiedGrantsByRole?: readonly string[]
}

/** What one caller held and used. Held and never used is a right too many. */
export type Usage = { readonly granted: readonly string[]; readonly used: readonly string[] }

export type Access = {
  readonly roles: Roles
  /** Judges by the policies in force now. */
  readonly allows: (question: Question) => boolean
  /** Remembers that a permission was needed and held. */
  readonly recordUse: (caller: string, permission: string) => void
  /** Every permission a caller holds anywhere by today's policies, conditions aside, and those it used. */
  readonly usage: (caller: string) => Usage
  readonly callers: () => readonly string[]
  readonly forgetUses: () => void
}

type World = { readonly store: Store; readonly clock: Clock; readonly roles: Roles }

export function access(world: World): Access {
  const { store, clock, roles } = world
  const uses = new Map<string, Set<string>>()
  const conditions = new Map<string, Condition>()
  const compiled = (expression: string): Condition => {
    const condition = conditions.get(expression) ?? compileCondition(expression)
    conditions.set(expression, condition)
    return condition
  }
  const holds = (binding: Binding, caller: string): boolean =>
    binding.members.some((member) => isMember(member, caller, { store, nowMs: clock.nowMs() }))
  return {
    roles,
    allows: (question) => {
      const { holders, attributes } = subjectOf(question.resource, store)
      const facts = factsOf(question, attributes, clock.nowMs())
      if (isDenied(question, holders, store)) return false
      return holders
        .flatMap((holder) => bindingsInForce(store.find(holder)?.policy, clock.nowMs()))
        .some(
          (binding) =>
            permissionsOf(binding.role, roles, store)?.has(question.permission) === true &&
            holds(binding, question.caller) &&
            (binding.condition === undefined || compiled(binding.condition.expression)(facts)),
        )
    },
    recordUse: (caller, permission) => {
      uses.set(caller, (uses.get(caller) ?? new Set()).add(permission))
    },
    usage: (caller) => ({
      granted: granted(world, (binding) => holds(binding, caller)),
      used: [...(uses.get(caller) ?? [])].toSorted(),
    }),
    callers: () => [...uses.keys()].toSorted(),
    forgetUses: () => uses.clear(),
  }
}

function factsOf(question: Question, attributes: Partial<Attributes>, nowMs: number): Attributes {
  const { port, modifiedGrantsByRole = [] } = question
  return { ...attributes, ...(port !== undefined && { port }), modifiedGrantsByRole, nowMs }
}

function granted({ store, clock, roles }: World, holds: (binding: Binding) => boolean): readonly string[] {
  const found = store
    .all()
    .flatMap(({ policy }) => bindingsInForce(policy, clock.nowMs()))
    .filter(holds)
    .flatMap(({ role }) => [...(permissionsOf(role, roles, store) ?? [])])
  return [...new Set(found)].toSorted()
}
