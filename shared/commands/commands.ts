import type { RouteName } from '../api/contract.ts'
import type { Command } from './command.ts'
import { addAgent } from './add-agent.ts'
import { createPlane } from './create-plane.ts'
import { readLogs } from './logs.ts'
import { openAgent } from './open-agent.ts'
import { removeAgent } from './remove-agent.ts'
import { retryAgent, retryPlane } from './retry.ts'
import { setSecret } from './secret-set.ts'
import { getPlane, listPlanes, showAgent } from './status.ts'

/** Which command answers which route. */
export const commands: { readonly [K in RouteName]: Command<K> } = {
  createPlane,
  listPlanes,
  getPlane,
  addAgent,
  getAgent: showAgent,
  removeAgent,
  retryPlane,
  retryAgent,
  readLogs,
  setSecret,
  openAgent,
}
