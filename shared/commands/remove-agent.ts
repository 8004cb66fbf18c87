import { ProviderError } from '../ports/errors.ts'
import type { AuditEntry } from '../ports/specs.ts'
import type { Input } from '../api/contract.ts'
import { onceMore } from './change.ts'
import { planOf } from './change-agent.ts'
import { agentCommand } from './command.ts'
import type { Context } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { getAgent, refuseUnlessOpen } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

type Wish = Input<'removeAgent'>

/** Removes an agent for good; with `purge` its disk too. Asked twice, it is up to date. */
export const removeAgent = agentCommand<'removeAgent'>(['admin'], (input, context) => {
  let agent: FoundAgent | undefined = context.agent
  return onceMore(async () => {
    // By uid: whoever got the name meanwhile was not meant.
    const now = agent ?? (await getAgent(context, input.plane, input.name, context.agent.uid))
    agent = undefined
    return removeOne(input, { ...context, agent: now })
  })
})

async function removeOne(input: Wish, context: Context & { readonly agent: FoundAgent }) {
  const { plane, name, purge, dryRun } = input
  const { ports, agent } = context
  const deed = { action: 'remove-agent', agent: name, input }
  const done = dryRun ? undefined : await findDone(plane, deed, context)
  if (done === undefined) await refuseNamesake(input, context)
  const upToDate = done === undefined && isAsked(agent, purge, ports.clock.nowMs())
  const before = { phase: agent.phase }
  const after = { desiredState: 'removed', purge }
  if (!upToDate && done === undefined) {
    refuseUnlessOpen(purge ? 'purge' : 'remove', 'removed', agent)
    if (!dryRun) await remove(agent, purge, ports, await entryOf({ ...deed, before, after }, context))
  }
  const wish = { ok: false, field: '', message: '', removed: true, purge } as const
  const plan = dryRun ? planOf(agent, wish, { before, after }, context) : undefined
  const now = await getAgent(context, plane, name, agent.uid)
  return { agent: agentView(now, { nowMs: ports.clock.nowMs() }), upToDate, ...(plan && { plan }) }
}

/** @throws Refusal 409 when somebody was asked about one agent, and another one has its name by now */
async function refuseNamesake({ plane, name, uid }: Wish, { ports }: Context): Promise<void> {
  const current = uid === undefined ? undefined : await ports.documents.findAgent(plane, name)
  if (current === undefined || current.uid === uid) return
  throw new Refusal(409, {
    code: 'OtherAgent',
    message: `"${name}" is another agent by now than the one that was to be removed; nothing was done to it.`,
    field: 'uid',
    suggestion: `See which one it is: planes show --plane ${plane} --name ${name}`,
  })
}

/** Whether nothing is left to ask for: the removal is wanted already, and so is the purge where that is asked. */
function isAsked({ spec, phase, status }: FoundAgent, purge: boolean, nowMs: number): boolean {
  if (phase === 'Purged') return true
  const parsed = spec?.parsed
  const wanted = parsed?.ok === true ? parsed.spec.desiredState === 'removed' : parsed?.removed
  const purged = (parsed?.ok === true ? parsed.spec.purge : parsed?.purge) ?? (status?.purgeAtMs ?? Infinity) <= nowMs
  return (wanted ?? status?.target === 'absent') && (purged || !purge)
}

type Ports = Context['ports']

async function remove({ spec, status, name, uid, plane }: FoundAgent, purge: boolean, ports: Ports, entry: AuditEntry) {
  const { plane: planeName } = plane.ref
  const nowMs = ports.clock.nowMs()
  if (spec !== undefined) {
    try {
      await ports.specs.updateAgent(
        planeName,
        name,
        { desiredState: 'removed', ...(purge ? { purge } : {}) },
        { generation: spec.generation, entry },
      )
      return
    } catch (error) {
      // Removed in the meantime: the spec is gone and only its tombstone can be told to purge.
      if (!(error instanceof ProviderError && error.kind === 'NotFound' && purge)) throw error
    }
  }
  if (status?.target !== 'absent' && spec === undefined) throw specMissing(name)
  await ports.specs.setPurgeAt({ plane: planeName, uid }, nowMs, entry)
}

const specMissing = (name: string): Refusal =>
  new Refusal(409, {
    code: 'SpecMissing',
    message: `Agent "${name}" has no spec any more: it is held, stopped and out of reach, and nothing of it is deleted.`,
    suggestion: 'Restore its spec document from a backup, then remove the agent.',
  })
