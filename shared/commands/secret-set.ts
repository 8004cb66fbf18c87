import type { AgentSpec } from '../documents/agent.ts'
import type { Input } from '../api/contract.ts'
import { ProviderError } from '../ports/errors.ts'
import type { Changes } from '../ports/documents.ts'
import { agentCommand } from './command.ts'
import type { Context } from './command.ts'
import { getAgent, getPlace, refuseUnlessOpen } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { canonical } from './differences.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

type Wish = Input<'setSecret'>
type Setting = Context & { readonly agent: FoundAgent }

/**
 * Sets a secret's value; names it in the spec when it is new there. With `model` the agent uses it as that model's key.
 * The value goes to the vault and nowhere else.
 */
export const setSecret = agentCommand<'setSecret'>(['owner'], async (wish, context) => {
  const { plane, name, key } = wish
  const { caller, ports, agent } = context
  refuseUnlessOpen('setSecret', 'given a secret', agent)
  const spec = getSpec(agent)
  const declared = await declare(wish, spec, context)
  const command = await put(wish, context)
  const taken = await takeUp(wish, spec, context)
  const after = { secret: key, ...declared, ...taken }
  const before = 'model' in taken ? { model: spec.model ?? null } : {}
  await ports.specs.audit(plane, { actor: caller.actor, action: 'secret-set', agent: name, before, after })
  const fresh = await getAgent(context, plane, name, agent.uid)
  return { agent: agentView(fresh, { nowMs: ports.clock.nowMs() }), ...(command !== undefined && { command }) }
})

function getSpec({ spec, name }: FoundAgent): AgentSpec {
  if (spec?.parsed.ok === true) return spec.parsed.spec
  throw new Refusal(409, { code: 'SpecInvalid', message: `Agent "${name}" has no valid spec; correct that first.` })
}

/** The `secrets` step makes what the spec names, so a new name goes there first. */
async function declare({ plane, name, key }: Wish, spec: AgentSpec, { ports, agent }: Setting): Promise<Changes> {
  if (spec.secrets.includes(key) || spec.model?.apiKeySecret === key) return {}
  const changes = { secrets: [...spec.secrets, key] }
  await ports.specs.updateAgent(plane, name, changes, agent.spec?.generation)
  return changes
}

/** Puts the value into the vault; or, where it takes none, says with which command its owner does. */
async function put({ key, value, name }: Wish, { ports: { vault }, agent }: Setting): Promise<string | undefined> {
  const place = getPlace(agent)
  if (vault.takes === 'nothing') {
    if (value === undefined) return vault.command(place, key)
    const message = 'Values of secrets do not pass through this plane. This one was neither kept nor passed on.'
    const suggestion = `Set it yourself, with the value on standard input: ${vault.command(place, key)}`
    throw new Refusal(422, { code: 'ValueNotTaken', message, field: 'value', suggestion })
  }
  if (value === undefined) throw new Refusal(422, { code: 'Invalid', message: 'value is missing', field: 'value' })
  try {
    await vault.put(place, key, value)
    return undefined
  } catch (error) {
    if (!(error instanceof ProviderError && error.kind === 'NotFound')) throw error
    throw new Refusal(409, {
      code: 'NotYet',
      message: `The place for secret "${key}" of agent "${name}" is still being made.`,
      suggestion: 'Try again in a few seconds.',
    })
  }
}

/**
 * After the value is there, so that the agent never runs on a model without a key. A machine sees by itself that a value
 * is new, so nothing is written for that.
 */
async function takeUp({ plane, name, key, ...wish }: Wish, spec: AgentSpec, { ports }: Setting): Promise<Changes> {
  const model = wish.model && { ...wish.model, apiKeySecret: key }
  if (model === undefined || canonical(model) === canonical(spec.model)) return {}
  await ports.specs.updateAgent(plane, name, { model })
  return { model }
}
