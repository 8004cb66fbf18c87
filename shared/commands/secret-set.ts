import { AgentSpec } from '../documents/agent.ts'
import type { Input, Output } from '../api/contract.ts'
import type { Place } from '../documents/names.ts'
import { can, isOpen } from '../lifecycle/can.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Changes } from '../ports/documents.ts'
import type { OwnersVault } from '../ports/people.ts'
import type { AuditEntry } from '../ports/specs.ts'
import { edited } from './change.ts'
import { planOf } from './change-agent.ts'
import { agentCommand } from './command.ts'
import type { Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { agentStanding, getAgent, getPlace, getSpec, refuseUnlessOpen } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { differenceOf } from './differences.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

type Wish = Input<'setSecret'>
type Setting = Context & { readonly agent: FoundAgent }

/** What is left to the owner. */
type Left = Pick<Output<'setSecret'>, 'command' | 'place' | 'next'>

/**
 * Sets a secret's value; names it in the spec when it is new there. With `model` the agent uses it as that model's key.
 * The value goes to the vault and nowhere else; where that takes none, the value and then the model are left to the
 * owner. The one entry is left by the first of its writes, before the vault is touched, so that a try that broke off is
 * not lost; another try under the same key goes on from there.
 */
export const setSecret = agentCommand<'setSecret'>(['owner'], async (wish, context) => {
  const { agent } = context
  const deed = { action: 'secret-set', agent: wish.name, input: wish }
  const isDone = !wish.dryRun && (await findDone(wish.plane, deed, context)) !== undefined
  // Whatever an earlier try left undone, nobody wants it any more.
  if (isDone && !isOpen(can.agent.setSecret, agentStanding(agent))) return shown(context, leftOf(wish, context))
  refuseUnlessOpen('setSecret', 'given a secret', agent)
  const spec = getSpec(agent)
  const difference = differenceOf(spec, { ...declared(wish, spec), ...model(wish, context) })
  const changes = { before: difference.before, after: { secret: wish.key, ...difference.after } }
  if (wish.dryRun) {
    const parsed = edited(AgentSpec, agent.spec?.parsed, difference.after)
    return { ...(await shown(context, leftOf(wish, context))), plan: planOf(agent, parsed, changes, context) }
  }
  refuseMisplaced(wish, context)
  const entry = isDone ? undefined : await entryOf({ ...deed, ...changes }, context)
  return shown(context, await set(wish, spec, entry, context))
})

async function shown(context: Setting, left: Left = {}) {
  const { plane, name, uid } = context.agent
  const agent = await getAgent(context, plane.ref.plane, name, uid)
  const view = agentView(agent, { nowMs: context.ports.clock.nowMs() })
  return { agent: view, ...left }
}

/** The `secrets` step makes what the spec names, so a new name goes there first. */
const declared = ({ key }: Wish, spec: AgentSpec): Changes =>
  spec.secrets.includes(key) || spec.model?.apiKeySecret === key ? {} : { secrets: [...spec.secrets, key] }

/** The model comes after the value, so that the agent never runs on a model without a key. */
const model = ({ model, key }: Wish, { ports: { vault } }: Setting): Changes =>
  model === undefined || vault.takes === 'nothing' ? {} : { model: { ...model, apiKeySecret: key } }

async function set(wish: Wish, spec: AgentSpec, entry: AuditEntry | undefined, context: Setting): Promise<Left> {
  const { plane, name } = wish
  const { specs } = context.ports
  const { generation } = context.agent.spec ?? {}
  const naming = declared(wish, spec)
  const isNew = Object.keys(naming).length > 0
  if (isNew) await specs.updateAgent(plane, name, naming, { generation, entry })
  else if (entry !== undefined) await specs.audit(plane, entry)
  const left = await put(wish, context)
  const { after } = differenceOf(spec, model(wish, context))
  if (Object.keys(after).length > 0) await specs.updateAgent(plane, name, after)
  return left
}

/** Whether a value is given where one is wanted, before anything is written. @throws Refusal 422 */
function refuseMisplaced({ key, value }: Wish, { ports: { vault }, agent }: Setting): void {
  if (vault.takes === 'values') {
    if (value !== undefined) return
    throw new Refusal(422, { code: 'Invalid', message: 'value is missing', field: 'value' })
  }
  if (value === undefined) return
  const message = 'Values of secrets do not pass through this plane. This one was neither kept nor passed on.'
  const suggestion = `Set it yourself, with the value on standard input: ${vault.command(getPlace(agent), key)}`
  throw new Refusal(422, { code: 'ValueNotTaken', message, field: 'value', suggestion })
}

/** What is left to the owner, where the agent has a place. */
const leftOf = (wish: Wish, { ports: { vault }, agent: { place } }: Setting): Left =>
  vault.takes === 'nothing' && place !== undefined ? toOwner(wish, vault, place) : {}

/** The owner adds the value, and only then makes it the key of a model. */
function toOwner({ plane, name, key, model }: Wish, vault: OwnersVault, place: Place): Left {
  const at = vault.placeOf?.(place, key)
  const next = model && `planes update-agent --plane ${plane} --name ${name} --model ${model.provider}/${model.name}`
  return {
    command: vault.command(place, key),
    ...(at !== undefined && { place: at }),
    ...(next !== undefined && { next: `${next} --model-key ${key}` }),
  }
}

/** Puts the value into the vault; or, where it takes none, says what its owner does. */
async function put(wish: Wish, { ports: { vault }, agent }: Setting): Promise<Left> {
  const { key, value = '', name } = wish
  const place = getPlace(agent)
  if (vault.takes === 'nothing') return toOwner(wish, vault, place)
  try {
    await vault.put(place, key, value)
    return {}
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === 'NotFound')) throw error
    throw new Refusal(409, {
      code: 'NotYet',
      message: `The place for secret "${key}" of agent "${name}" is still being made.`,
      suggestion: 'Try again in a few seconds.',
    })
  }
}
