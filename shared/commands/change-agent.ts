import type { Input, Output } from '../api/contract.ts'
import type { PlanView } from '../api/views.ts'
import { AgentSpec } from '../documents/agent.ts'
import type { Parsed } from '../documents/parsed.ts'
import { plan } from '../lifecycle/plan.ts'
import { edited, onceMore, planView } from './change.ts'
import type { Fields } from './change.ts'
import { agentCommand } from './command.ts'
import type { Command, Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import type { Deed } from './deed.ts'
import { differenceOf, isEmpty } from './differences.ts'
import type { Difference } from './differences.ts'
import { getAgent } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { agentView } from './views.ts'

/** Routes that edit the spec of one agent; all of them answer the same. */
type ChangeRoute = 'startAgent' | 'stopAgent' | 'restartAgent' | 'retryAgent' | 'updateAgent'
type Changed = Output<ChangeRoute>

/** A verb that edits the spec of one agent. */
export type AgentChange<K extends ChangeRoute> = {
  /** What it is called in the audit trail. */
  readonly action: string
  readonly roles: readonly ('admin' | 'owner')[]
  /** Fields that it wants otherwise; undefined removes one. @throws Refusal when it is not open to the agent as it stands */
  readonly edit: (input: Input<K>, agent: FoundAgent) => Fields
}

/**
 * Edits the spec and leaves one entry, in one write. Where nothing is to be changed it is up to date, and leaves none; so
 * does a dry run, which says what would be done.
 */
export function changeAgent<K extends ChangeRoute>({ action, roles, edit }: AgentChange<K>): Command<K> {
  const run = agentCommand<'startAgent'>(roles, (input, context) => {
    const { plane, name, dryRun } = input
    let agent: FoundAgent | undefined = context.agent
    return onceMore(async () => {
      const now = agent ?? (await getAgent(context, plane, name, context.agent.uid))
      agent = undefined
      const deed = { action, agent: name, input }
      if (!dryRun && (await findDone(plane, deed, context))) return shown(now, context, { upToDate: false })
      const fields = edit(input as Input<K>, now)
      return dryRun ? imagined(now, fields, context) : write(now, fields, deed, context)
    })
  })
  return run as Command<K>
}

async function write(agent: FoundAgent, fields: Fields, deed: Deed, context: Context): Promise<Changed> {
  const { spec, name, plane } = agent
  edited(AgentSpec, spec?.parsed, fields)
  const difference = differenceOf(specOf(agent), fields)
  if (isEmpty(difference)) return shown(agent, context, { upToDate: true })
  const entry = await entryOf({ ...deed, ...difference }, context)
  const changes = Object.fromEntries(Object.keys(difference.after).map((field) => [field, fields[field]]))
  await context.ports.specs.updateAgent(plane.ref.plane, name, changes, { generation: spec?.generation, entry })
  return shown(await withNewSpec(agent, context), context, { upToDate: false })
}

function imagined(agent: FoundAgent, fields: Fields, context: Context): Changed {
  const difference = differenceOf(specOf(agent), fields)
  const spec = edited(AgentSpec, agent.spec?.parsed, fields)
  const steps = isEmpty(difference) ? { ...difference, steps: [] } : planOf(agent, spec, difference, context)
  return shown(agent, context, { upToDate: isEmpty(difference), plan: steps })
}

/** What an edit would have done. */
export function planOf(
  agent: FoundAgent,
  parsed: Parsed<AgentSpec> | undefined,
  difference: Difference,
  context: Context,
): PlanView {
  const { plane, name, uid, status } = agent
  const { desired, clock } = context.ports
  const spec = { uid, generation: '', createdAt: '', ...agent.spec, ...(parsed && { parsed }) }
  const view = {
    ref: { kind: 'agent' as const, plane: plane.ref.plane, planeUid: plane.ref.uid, name, uid },
    plane,
    spec: parsed && { ...spec, parsed },
    status: status && { version: '', status },
  }
  return planView(difference, plan(view, desired, clock.nowMs()))
}

/** The agent as it stood, with the spec as it stands: what failed before the change is not taken for what came of it. */
async function withNewSpec(agent: FoundAgent, { ports }: Context): Promise<FoundAgent> {
  const spec = await ports.specs.getAgent(agent.plane.ref.plane, agent.name)
  return spec?.uid === agent.uid ? { ...agent, spec } : agent
}

const specOf = ({ spec }: FoundAgent): AgentSpec | undefined =>
  spec?.parsed.ok === true ? spec.parsed.spec : undefined

const shown = (agent: FoundAgent, { ports }: Context, rest: Omit<Changed, 'agent'>): Changed => ({
  agent: agentView(agent, { nowMs: ports.clock.nowMs() }),
  ...rest,
})
