import { agentCommand } from './command.ts'
import { entryOf, findDone } from './deed.ts'
import { getPlace, refuseUnlessOpen } from './find-agent.ts'
import { Refusal } from './refusal.ts'

/** How its owner, and nobody else, opens an agent's Control UI. */
export const openAgent = agentCommand<'openAgent'>(['owner'], async (input, context) => {
  const { plane, name } = input
  const { ports, agent } = context
  const deed = { action: 'open-agent', agent: name, input }
  const isTold = (await findDone(plane, deed, context)) !== undefined
  if (!isTold) refuseUnlessOpen('open', 'opened', agent)
  const address = await ports.access.show(getPlace(agent))
  if (address === undefined) {
    throw new Refusal(409, {
      code: 'NotYet',
      message: `Agent "${name}" has no gateway that could be opened yet.`,
      suggestion: 'Try again once planes status shows its machine as ready.',
    })
  }
  if (!isTold) await ports.specs.audit(plane, await entryOf(deed, context))
  const { url, token, commands, ask } = address
  return { url, ...(token !== undefined && { token }), ...(commands && { commands: [...commands] }), ask }
})
