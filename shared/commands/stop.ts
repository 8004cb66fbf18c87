import { changeAgent } from './change-agent.ts'
import { desiredState, refuseUnlessOpen } from './find-agent.ts'

/** Stops an agent: its machine goes off, its data and its secrets stay. */
export const stopAgent = changeAgent<'stopAgent'>({
  action: 'stop',
  roles: ['admin', 'owner'],
  edit: (_, agent) => {
    if (desiredState(agent) === 'stopped') return {}
    refuseUnlessOpen('stop', 'stopped', agent)
    return { desiredState: 'stopped' }
  },
})
