import { asText } from '../json.ts'
import { alreadyExists, ApiError, inUse, invalid } from '../errors.ts'
import { only } from '../gate/query.ts'
import { fingerprint } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Entry } from '../store.ts'
import type { Call, Served, World } from '../world.ts'
import { begin, insert, refuseStale, repeated } from './changes.ts'
import { allRules, defaultRules, ruleBody, sorted } from './firewall-rules.ts'
import type { Rule } from './firewall-rules.ts'
import { list } from './lists.ts'
import { linkTo, nameOf, refer, targetOf } from './references.ts'

type Association = { readonly name?: string; readonly attachmentTarget?: string } & JsonObject

const nameIn = ({ resource, body }: Call): string => `${resource}/firewallPolicies/${asText(body['name'])}`
const target = (call: Call, world: World): Entry => targetOf(call, 'firewallPolicies', world)
const rulesOf = ({ body }: Entry): readonly Rule[] => (body['rules'] ?? []) as readonly Rule[]
const associationsOf = ({ body }: Entry): readonly Association[] =>
  (body['associations'] ?? []) as readonly Association[]

export const insertFirewallPolicy: Served = {
  subject: nameIn,
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const { description, rules = [] } = call.body as { readonly description?: string; readonly rules?: readonly Rule[] }
    // https://github.com/hashicorp/terraform-provider-google: "Rules are not supported in the create API".
    if (rules.length > 0) throw invalid("Invalid value for field 'resource.rules': a policy is made without rules.")
    const body = { ...(description !== undefined && { description }), rules: defaultRules, ruleTupleCount: 0 }
    const name = nameIn(call)
    return insert(call, world, { collection: 'firewallPolicies', kind: 'firewallPolicy', name, body: refreshed(body) })
  },
}

function refreshed(body: JsonObject): JsonObject {
  const rules = (body['rules'] ?? []) as readonly JsonObject[]
  const ruleTupleCount = rules.reduce((sum, { ruleTupleCount: count }) => sum + Number(count ?? 0), 0)
  return { ...body, ruleTupleCount, fingerprint: fingerprint([rules, body['associations'] ?? null]) }
}

/** A change of the policy's body: once for one request id. */
const change = (
  edit: (entry: Entry, call: Call, world: World) => JsonObject,
  extra: Pick<Served, 'checks'> = {},
): Served => ({
  ...extra,
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const changed = { ...entry, body: refreshed({ ...entry.body, ...edit(entry, call, world) }) }
    world.store.put(changed)
    return begin({ call, entry: changed }, world)
  },
})

/** Replaces all rules, those that every policy ends with too, when the fingerprint is that of the rules that are there. */
export const patchFirewallPolicy = change((entry, { body }) => {
  const {
    description,
    rules,
    fingerprint: given,
  } = body as Readonly<{
    description?: string
    rules?: readonly Rule[]
    fingerprint?: string
  }>
  refuseStale(given, entry.body['fingerprint'], 'Firewall policy')
  return {
    ...(description !== undefined && { description }),
    ...(rules !== undefined && { rules: allRules(entry.name, rules) }),
  }
})

const priorityOf = (call: Call): number => Number(only(call.query, 'priority') ?? Number.NaN)

function ruleAt(entry: Entry, call: Call): Rule {
  const found = rulesOf(entry).find(({ priority }) => priority === priorityOf(call))
  if (found === undefined)
    throw invalid(`The firewall policy '${entry.name}' has no rule of priority ${String(priorityOf(call))}.`)
  return found
}

const without = (entry: Entry, rule: Rule): readonly Rule[] => rulesOf(entry).filter((other) => other !== rule)

export const addRule = change((entry, { body }) => {
  const added = ruleBody(body)
  if (rulesOf(entry).some(({ priority }) => priority === added['priority']))
    throw invalid(`Cannot have rules with the same priorities: ${asText(added['priority'])} in '${entry.name}'.`)
  return { rules: sorted([...rulesOf(entry), added]) }
})

export const patchRule = change((entry, call) => {
  const rule = ruleAt(entry, call)
  const { priority = rule.priority, ...changes } = call.body as Rule
  return {
    rules: sorted([
      ...without(entry, rule),
      ruleBody({ ...rule, ...changes, ...(priority !== undefined && { priority }) }),
    ]),
  }
})

export const removeRule = change((entry, call) => ({ rules: without(entry, ruleAt(entry, call)) }))

export const getRule: Served = { handle: (call, world) => ruleAt(target(call, world), call) }

/** Associates a network: it has one policy, so another's place is taken only when the request says so. */
export const addAssociation = change(
  (entry, call, world) => {
    const { name = '', attachmentTarget } = call.body as Association
    const wanted = {
      collection: 'networks',
      field: 'attachmentTarget',
      scope: `projects/${call.project}/global`,
    } as const
    const link = linkTo(refer(attachmentTarget, wanted, call, world).name)
    if (name === '') throw invalid("Invalid value for field 'resource.name': is required", { reason: 'required' })
    if (associationsOf(entry).some((one) => one.name === name))
      throw alreadyExists(`${entry.name}/associations/${name}`)
    const holder = world.store
      .list('firewallPolicies', `projects/${call.project}/`)
      .find((policy) => associationsOf(policy).some((one) => one.attachmentTarget === link))
    if (holder !== undefined && only(call.query, 'replaceExistingAssociation') !== 'true')
      throw invalid(`The network '${link}' has an association with '${holder.name}' already.`)
    const kept = associationsOf(entry).filter((one) => one.attachmentTarget !== link)
    if (holder !== undefined && holder.name !== entry.name) withdraw(holder, link, world)
    return {
      associations: [
        ...kept,
        { name, attachmentTarget: link, firewallPolicyId: asText(entry.body['id']), shortName: name },
      ],
    }
  },
  { checks: (call) => [networkCheck(call.body['attachmentTarget'], call)] },
)

function withdraw(holder: Entry, link: string, { store }: World): void {
  const associations = associationsOf(holder).filter((one) => one.attachmentTarget !== link)
  store.put({ ...holder, body: refreshed({ ...holder.body, associations }) })
}

// https://cloud.google.com/firewall/docs/use-network-firewall-policies#required-permissions
const networkCheck = (reference: JsonObject[string], { project }: Call): { permission: string; resource: string } => ({
  permission: 'compute.networks.setFirewallPolicy',
  resource: nameOf(reference, 'attachmentTarget', project),
})

function associationAt(entry: Entry | undefined, call: Call): Association | undefined {
  const name = only(call.query, 'name')
  return entry && associationsOf(entry).find((one) => one.name === name)
}

export const removeAssociation = change(
  (entry, call) => {
    const gone = associationAt(entry, call)
    if (gone === undefined)
      throw invalid(`The firewall policy '${entry.name}' has no association '${String(only(call.query, 'name'))}'.`)
    return { associations: associationsOf(entry).filter((one) => one !== gone) }
  },
  {
    checks: (call, { store }) => {
      const association = associationAt(store.find(call.resource), call)
      return association === undefined ? [] : [networkCheck(association.attachmentTarget, call)]
    },
  },
)

export const getAssociation: Served = {
  handle: (call, world) => {
    const found = associationAt(target(call, world), call)
    if (found === undefined)
      throw new ApiError('NOT_FOUND', `The association '${String(only(call.query, 'name'))}' was not found`)
    return found
  },
}

export const getFirewallPolicy: Served = { handle: (call, world) => target(call, world).body }
export const listFirewallPolicies = list({ collection: 'firewallPolicies', kind: 'firewallPolicy' })

export const deleteFirewallPolicy: Served = {
  handle: (call, world) => {
    const before = repeated(call, world)
    if (before !== undefined) return before
    const entry = target(call, world)
    const [association] = associationsOf(entry)
    if (association !== undefined) throw inUse(entry.name, String(association.attachmentTarget).replace(linkTo(''), ''))
    return begin({ call, entry, finish: () => undefined }, world)
  },
}
