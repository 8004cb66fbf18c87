import { ProviderError } from '../ports/errors.ts'
import { agentCommand } from './command.ts'
import type { Context } from './command.ts'
import { getAgent, refuseUnlessOpen } from './find-agent.ts'
import type { FoundAgent } from './find-agent.ts'
import { Refusal } from './refusal.ts'
import { agentView } from './views.ts'

/** Removes an agent for good; with `purge` its disk too. Asked twice, it is up to date. */
export const removeAgent = agentCommand<'removeAgent'>(
  ['admin'],
  async ({ plane, name, purge }, { caller, ports, agent }) => {
    const upToDate = isAsked(agent, purge, ports.clock.nowMs())
    if (!upToDate) {
      refuseUnlessOpen(purge ? 'purge' : 'remove', 'removed', agent)
      await remove(agent, purge, ports)
      const before = { phase: agent.phase }
      const after = { desiredState: 'removed', purge }
      await ports.specs.audit(plane, { actor: caller.actor, action: 'remove-agent', agent: name, before, after })
    }
    const nowMs = ports.clock.nowMs()
    return { agent: agentView(await getAgent({ ports }, plane, name, agent.uid), { nowMs }), upToDate }
  },
)

/** Whether nothing is left to ask for: the removal is wanted already, and so is the purge where that is asked. */
function isAsked({ spec, phase, status }: FoundAgent, purge: boolean, nowMs: number): boolean {
  if (phase === 'Purged') return true
  const parsed = spec?.parsed
  const wanted = parsed?.ok === true ? parsed.spec.desiredState === 'removed' : parsed?.removed
  const purged = (parsed?.ok === true ? parsed.spec.purge : parsed?.purge) ?? (status?.purgeAtMs ?? Infinity) <= nowMs
  return (wanted ?? status?.target === 'absent') && (purged || !purge)
}

async function remove({ spec, status, name, uid, plane }: FoundAgent, purge: boolean, ports: Context['ports']) {
  const { plane: planeName } = plane.ref
  const nowMs = ports.clock.nowMs()
  if (spec !== undefined) {
    try {
      await ports.specs.updateAgent(planeName, name, { desiredState: 'removed', ...(purge ? { purge } : {}) })
      return
    } catch (error) {
      // Removed in the meantime: the spec is gone and only its tombstone can be told to purge.
      if (!(error instanceof ProviderError && error.kind === 'NotFound' && purge)) throw error
    }
  }
  if (status?.target !== 'absent' && spec === undefined) throw specMissing(name)
  await ports.specs.setPurgeAt({ plane: planeName, uid }, nowMs)
}

const specMissing = (name: string): Refusal =>
  new Refusal(409, {
    code: 'SpecMissing',
    message: `Agent "${name}" has no spec any more: it is held, stopped and out of reach, and nothing of it is deleted.`,
    suggestion: 'Restore its spec document from a backup, then remove the agent.',
  })
