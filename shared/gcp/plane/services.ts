import type { PlanePlace } from '../../documents/names.ts'
import { agentServices } from '../../grants/roles.ts'
import { googleRequest } from '../google.ts'
import type { Google } from '../google.ts'

type Batch = { readonly services?: readonly { readonly name: string; readonly state?: string }[] }

/**
 * The command that switches on what is off, if anything is. https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet
 * @throws ProviderError
 */
export async function missingServices(google: Google, { project }: PlanePlace): Promise<readonly string[]> {
  const names = agentServices.map((service) => `names=projects/${project}/services/${service}`)
  const path = `v1/projects/${project}/services:batchGet?${names.join('&')}`
  const { services = [] } = await googleRequest<Batch>(google, { service: 'serviceusage', method: 'GET', path })
  const isOn = (service: string): boolean =>
    services.some(({ name, state }) => name.endsWith(`/${service}`) && state === 'ENABLED')
  const off = agentServices.filter((service) => !isOn(service))
  return off.length === 0 ? [] : [`gcloud services enable ${off.join(' ')} --project=${project}`]
}
