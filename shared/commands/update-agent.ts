import { refuseImmutable, wanted } from './change.ts'
import { changeAgent } from './change-agent.ts'
import { refuseUnlessOpen } from './find-agent.ts'

/** What says which agent is meant, or cannot be changed. */
const KEPT = ['plane', 'name', 'dryRun', 'owner', 'backend', 'zone'] as const

/** Changes what an agent's spec says, save who and where it is. */
export const updateAgent = changeAgent<'updateAgent'>({
  action: 'update-agent',
  roles: ['admin'],
  edit: (input, agent) => {
    refuseUnlessOpen('update', 'changed', agent)
    const spec = agent.spec?.parsed.ok === true ? agent.spec.parsed.spec : undefined
    const { owner, backend, zone } = { ...spec, ...agent.status?.pinned }
    const asked = { owner: input.owner, backend: input.backend, zone: input.zone }
    refuseImmutable(`agent "${input.name}"`, asked, { owner, backend, zone }, 'Add another agent instead.')
    return wanted(input, KEPT)
  },
})
