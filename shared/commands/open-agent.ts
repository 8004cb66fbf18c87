import { agentCommand } from './command.ts'
import { getPlace, refuseUnlessOpen } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/** How its owner, and nobody else, opens an agent's Control UI. */
export const openAgent = agentCommand<'openAgent'>(['owner'], async ({ plane, name }, { caller, ports, agent }) => {
  refuseUnlessOpen('open', 'opened', agent)
  const address = await ports.access.show(getPlace(agent))
  if (address === undefined) {
    throw new Refusal(409, {
      code: 'NotYet',
      message: `Agent "${name}" has no gateway that could be opened yet.`,
      suggestion: 'Try again once planes status shows its machine as ready.',
    })
  }
  await ports.specs.audit(plane, { actor: caller.actor, action: 'open-agent', agent: name })
  const { url, token, commands } = address
  return { url, ...(token !== undefined && { token }), ...(commands && { commands: [...commands] }) }
})
