import { agentCommand } from './command.ts'
import { entryOf } from './deed.ts'
import { getPlace, refuseUnlessOpen } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/** How its owner, and nobody else, opens an agent's Control UI. */
export const openAgent = agentCommand<'openAgent'>(['owner'], async (input, context) => {
  const { plane, name } = input
  const { ports, agent } = context
  refuseUnlessOpen('open', 'opened', agent)
  const address = await ports.access.show(getPlace(agent))
  if (address === undefined) {
    throw new Refusal(409, {
      code: 'NotYet',
      message: `Agent "${name}" has no gateway that could be opened yet.`,
      suggestion: 'Try again once planes status shows its machine as ready.',
    })
  }
  await ports.specs.audit(plane, await entryOf({ action: 'open-agent', agent: name, input }, context))
  const { url, token, commands, ask } = address
  return { url, ...(token !== undefined && { token }), ...(commands && { commands: [...commands] }), ask }
})
