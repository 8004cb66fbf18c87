import { changeAgent } from './change-agent.ts'
import { desiredState, refuseUnlessOpen } from './find-agent.ts'

/** Starts a stopped agent. */
export const startAgent = changeAgent<'startAgent'>({
  action: 'start',
  roles: ['admin', 'owner'],
  edit: (_, agent) => {
    if (desiredState(agent) === 'running') return {}
    refuseUnlessOpen('start', 'started', agent)
    return { desiredState: 'running' }
  },
})
