import type { Input } from '../api/contract.ts'
import { refuseImmutable, wanted } from './change.ts'
import { changeAgent } from './change-agent.ts'
import type { AgentChange } from './change-agent.ts'
import type { Command } from './command.ts'
import { refuseUnlessOpen } from './find-agent.ts'

/** What says which agent is meant, or cannot be changed. */
const KEPT = ['plane', 'name', 'dryRun', 'owner', 'backend', 'zone'] as const

/** Changes what an agent's spec says, save who and where it is. Its owner may set the model, whose key is the owner's. */
export const updateAgent: Command<'updateAgent'> = (input, context) =>
  changeAgent({ ...CHANGE, roles: setsModelAlone(input) ? ['admin', 'owner'] : ['admin'] })(input, context)

const CHANGE: Omit<AgentChange<'updateAgent'>, 'roles'> = {
  action: 'update-agent',
  edit: (input, agent) => {
    refuseUnlessOpen('update', 'changed', agent)
    const spec = agent.spec?.parsed.ok === true ? agent.spec.parsed.spec : undefined
    const { owner, backend, zone } = { ...spec, ...agent.status?.pinned }
    const asked = { owner: input.owner, backend: input.backend, zone: input.zone }
    refuseImmutable(`agent "${input.name}"`, asked, { owner, backend, zone }, 'Add another agent instead.')
    return wanted(input, KEPT)
  },
}

/** Whether a model, and nothing else, is asked for. */
function setsModelAlone({ model, ...rest }: Input<'updateAgent'>): boolean {
  const others = Object.keys(wanted(rest, ['plane', 'name', 'dryRun']))
  return model !== undefined && model !== null && others.length === 0
}
