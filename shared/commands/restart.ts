import { changeAgent } from './change-agent.ts'
import { getSpec, refuseUnlessOpen } from './find-agent.ts'

/** Starts what runs on an agent's machine anew. */
export const restartAgent = changeAgent<'restartAgent'>({
  action: 'restart',
  roles: ['admin', 'owner'],
  edit: (_, agent) => {
    refuseUnlessOpen('restart', 'restarted', agent)
    return { restart: getSpec(agent).restart + 1 }
  },
})
