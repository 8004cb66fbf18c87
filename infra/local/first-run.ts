import type { ApiClient } from '../../shared/api/client.ts'
import type { AgentView } from '../../shared/api/views.ts'

/** The plane of this machine, and the agent that proves it works. */
export const PLANE = 'local'
export const FIRST_AGENT = { name: 'ada', owner: 'ada@example.com' }

/** The agents of the local plane after a start, and which of them were there before. */
export type Agents = { readonly resumed: readonly AgentView[]; readonly added: AgentView | undefined }

/**
 * Creates the plane `local`, and in a plane that never had an agent, `ada`. An agent that somebody removed is not
 * made again.
 */
export async function ensureFirstAgent(api: ApiClient, withAgent: boolean): Promise<Agents> {
  await api.createPlane({ name: PLANE, project: 'local-plane', region: 'us-east4', backend: 'process' })
  const { agents } = await api.getPlane({ plane: PLANE, purged: true })
  const resumed = agents.filter(({ phase }) => phase !== 'Purged')
  if (agents.length > 0 || !withAgent) return { resumed, added: undefined }
  const { agent } = await api.addAgent({ plane: PLANE, ...FIRST_AGENT })
  return { resumed, added: agent }
}
