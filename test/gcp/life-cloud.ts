import { reconcilers, triggers } from '../../functions/triggers.ts'
import { admin } from '../../infra/local/gcp/admin.ts'
import { beginningCalm } from '../../infra/local/gcp/beginning-calm.ts'
import type { Clock } from '../../infra/local/gcp/clock.ts'
import { simulatedCloud } from '../../infra/local/gcp/cloud.ts'
import type { CloudRequest, CloudResponse } from '../../infra/local/gcp/cloud.ts'
import { seededRandom } from '../../infra/local/gcp/ids.ts'
import { calm, project } from '../../infra/local/gcp/options.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { listen } from '../../infra/local/gcp/server.ts'
import { projectGrants } from '../../shared/grants/plan.ts'
import { ADMIN } from './a-cloud.ts'

/** Where agents run, and where functions do. */
export const PROJECT = 'demo-project'
export const CONTROL = 'demo-control'
export const LOCATION = 'europe-west1'
export const QUEUE = 'step-delays'

type Answer = (request: CloudRequest) => Promise<CloudResponse>

/** Stands between the functions and the cloud. */
export type Through = (request: CloudRequest, answer: Answer) => Promise<CloudResponse>

/** A listening cloud, where an admin granted long ago what the functions need. */
export async function lifeCloud<C extends Clock>(
  changes: Partial<Options>,
  clock: C,
  through: Through = (request, answer) => answer(request),
) {
  const projects = [
    project(PROJECT, '123456789012', [`user:${ADMIN}`]),
    project(CONTROL, '123456789099', [`user:${ADMIN}`]),
  ]
  const { options, begin } = beginningCalm({ ...calm, ...changes, projects })
  const cloud = simulatedCloud(options, { clock, random: seededRandom(11) })
  const person = admin(cloud, ADMIN)
  await person.addAccounts(CONTROL, [...triggers.map(({ name }) => name), 'delays'])
  await person.grant(projectGrants(PROJECT, CONTROL))
  await person.addQueue(CONTROL, { location: LOCATION, name: QUEUE }, reconcilers)
  begin()
  const answer: Answer = (request) => through(request, cloud.answer)
  return { cloud, clock, server: await listen({ ...cloud, answer }, 0) }
}
