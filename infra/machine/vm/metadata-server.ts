import { isObject, jsonObject } from './parsed.ts'

/** What a virtual machine asks about itself. https://cloud.google.com/compute/docs/metadata/querying-metadata */
export type MetadataServer = {
  project(): Promise<string>
  /** The instance's numeric id, and its zone. */
  instance(): Promise<InstancePlace>
  /** The instance's own metadata, by key. */
  attributes(): Promise<Readonly<Record<string, unknown>>>
  /** A token to call Google's services with. */
  accessToken(): Promise<string>
  /** A token that proves to `audience` which machine this is. */
  identityToken(audience: string): Promise<string>
  /** The value of `ap-configuration` once it is another than the one of `etag`, or after a minute whatever it is. */
  configuration(etag: string, signal: AbortSignal): Promise<Tagged>
}

export type InstancePlace = { readonly id: string; readonly zone: string }

/** A value and what its metadata server calls this version of it. */
export type Tagged = { readonly text: string; readonly etag: string }

const WAIT_S = 60
const TIMEOUT_MS = 10_000

/** Asks a metadata server by its address: it answers before names can be resolved. */
export function metadataServer(url = 'http://169.254.169.254'): MetadataServer {
  const get = async (path: string, signal = AbortSignal.timeout(TIMEOUT_MS)): Promise<Response> => {
    const response = await fetch(`${url}/computeMetadata/v1/${path}`, {
      headers: { 'metadata-flavor': 'Google' },
      signal,
    })
    if (!response.ok) throw new Error(`the metadata server answered ${response.status} for ${path.split('?')[0]}`)
    return response
  }
  const text = async (path: string): Promise<string> => (await get(path)).text()
  return {
    project: () => text('project/project-id'),
    instance: async () => {
      const [id, zone] = await Promise.all([text('instance/id'), text('instance/zone')])
      // It answers with `projects/NUMBER/zones/ZONE`.
      return { id, zone: zone.slice(zone.lastIndexOf('/') + 1) }
    },
    attributes: async () => {
      const attributes: unknown = await (await get('instance/attributes/?recursive=true')).json()
      return isObject(attributes) ? attributes : {}
    },
    accessToken: async () => {
      const token = jsonObject(await text('instance/service-accounts/default/token'))?.['access_token']
      if (typeof token !== 'string') throw new Error('the metadata server gave no token')
      return token
    },
    identityToken: (audience) =>
      text(`instance/service-accounts/default/identity?${query({ audience, format: 'full' })}`),
    configuration: async (etag, signal) => {
      const asked = query({ wait_for_change: 'true', timeout_sec: String(WAIT_S), last_etag: etag })
      const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT_S * 1000 + TIMEOUT_MS)])
      const response = await get(`instance/attributes/ap-configuration?${asked}`, limit)
      return { text: await response.text(), etag: response.headers.get('etag') ?? '0' }
    },
  }
}

const query = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString()
