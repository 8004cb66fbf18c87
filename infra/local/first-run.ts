import type { ApiClient } from '../../shared/api/client.ts'
import { ApiError } from '../../shared/api/errors.ts'
import type { AgentView } from '../../shared/api/views.ts'

/** The plane of this machine, and the agent that proves it works. */
export const PLANE = 'local'
const FIRST_AGENT = { name: 'ada', owner: 'ada@example.com' }

/** What the plane of this machine stands on. */
export type PlaneGround = { readonly project: string; readonly region: string; readonly backend: 'process' | 'vm' }

/** The agents of the local plane after a start, and which of them were there before. */
export type Agents = { readonly resumed: readonly AgentView[]; readonly added: AgentView | undefined }

/**
 * Creates the plane `local`, and in a plane that never had an agent, `ada`. An agent that somebody removed is not
 * made again.
 */
export async function ensureFirstAgent(api: ApiClient, withAgent: boolean, ground: PlaneGround): Promise<Agents> {
  await ensurePlane(api, ground)
  const { agents } = await api.getPlane({ plane: PLANE, purged: true })
  const resumed = agents.filter(({ phase }) => phase !== 'Purged')
  if (agents.length > 0 || !withAgent) return { resumed, added: undefined }
  const { agent } = await api.addAgent({ plane: PLANE, ...FIRST_AGENT })
  return { resumed, added: agent }
}

/** What somebody has changed of the plane since stays as it is. */
async function ensurePlane(api: ApiClient, ground: PlaneGround): Promise<void> {
  try {
    await api.createPlane({ name: PLANE, ...ground })
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.code !== 'AlreadyExists') throw error
  }
}

/**
 * The API as seen by somebody who waits for agents to be Ready after a start: a status of last time is no proof, so
 * Ready counts only with a heartbeat since `sinceMs`.
 */
export const provenSince = (api: ApiClient, sinceMs: number): ApiClient => ({
  ...api,
  getAgent: async (input) => {
    const { agent } = await api.getAgent(input)
    const isProven = agent.heartbeat !== undefined && Date.parse(agent.heartbeat.at) >= sinceMs
    return { agent: agent.phase === 'Ready' && !isProven ? { ...agent, phase: 'Unknown' } : agent }
  },
})
