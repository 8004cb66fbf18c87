import type { PlanePlace } from '../../documents/names.ts'
import { googleRequest } from '../google.ts'
import type { Google } from '../google.ts'

/** What agents need in their project: machines and the way in, accounts, secrets, logs, and reading who may do what. */
export const AGENT_SERVICES: readonly string[] = [
  'cloudresourcemanager.googleapis.com',
  'compute.googleapis.com',
  'iam.googleapis.com',
  'iap.googleapis.com',
  'logging.googleapis.com',
  'oslogin.googleapis.com',
  'secretmanager.googleapis.com',
]

type Batch = { readonly services?: readonly { readonly name: string; readonly state?: string }[] }

/**
 * The command that switches on what is off, if anything is. https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet
 * @throws ProviderError
 */
export async function missingServices(google: Google, { project }: PlanePlace): Promise<readonly string[]> {
  const names = AGENT_SERVICES.map((service) => `names=projects/${project}/services/${service}`)
  const path = `v1/projects/${project}/services:batchGet?${names.join('&')}`
  const { services = [] } = await googleRequest<Batch>(google, { service: 'serviceusage', method: 'GET', path })
  const isOn = (service: string): boolean =>
    services.some(({ name, state }) => name.endsWith(`/${service}`) && state === 'ENABLED')
  const off = AGENT_SERVICES.filter((service) => !isOn(service))
  return off.length === 0 ? [] : [`gcloud services enable ${off.join(' ')} --project=${project}`]
}
