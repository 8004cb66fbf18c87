import type { RouteName } from '../api/contract.ts'
import type { Command } from './command.ts'
import { addAgent } from './add-agent.ts'
import { readAudit } from './audit.ts'
import { createPlane } from './create-plane.ts'
import { linkSlack } from './link-slack.ts'
import { readLogs } from './logs.ts'
import { listMembers, putMember, removeMember } from './members.ts'
import { openAgent } from './open-agent.ts'
import { removeAgent } from './remove-agent.ts'
import { removePlane } from './remove-plane.ts'
import { restartAgent } from './restart.ts'
import { retryAgent, retryPlane } from './retry.ts'
import { setSecret } from './secret-set.ts'
import { startAgent } from './start.ts'
import { getPlane, listPlanes, showAgent } from './status.ts'
import { stopAgent } from './stop.ts'
import { updateAgent } from './update-agent.ts'
import { updatePlane } from './update-plane.ts'

/** Which command answers which route. */
export const commands: { readonly [K in RouteName]: Command<K> } = {
  createPlane,
  listPlanes,
  getPlane,
  updatePlane,
  removePlane,
  retryPlane,
  addAgent,
  getAgent: showAgent,
  updateAgent,
  removeAgent,
  startAgent,
  stopAgent,
  restartAgent,
  retryAgent,
  readLogs,
  setSecret,
  openAgent,
  listMembers,
  putMember,
  removeMember,
  readAudit,
  linkSlack,
}
