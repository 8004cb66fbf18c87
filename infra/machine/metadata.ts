import { readFile } from 'node:fs/promises'
import type { MachineConfiguration } from '../../shared/ports/backend.ts'
import { readExisting } from '../../shared/process/files.ts'
import type { Endpoints } from '../../shared/process/endpoints.ts'
import type { MachineSettings } from '../../shared/process/machine-settings.ts'

/** What a machine may ask of its metadata server. */
export type Metadata = {
  endpoints(): Promise<Endpoints>
  /** A fresh identity token for exactly this audience. */
  identityToken(audience: string): Promise<string>
  /** The configuration, once it is another than `known`, or after half a minute whatever it is. */
  configuration(known: string | undefined, signal: AbortSignal): Promise<MachineConfiguration>
}

const WAIT_S = 30
const TIMEOUT_MS = 10_000

/**
 * Speaks the protocol of a cloud's metadata server, with one header more: which agent asks.
 * https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
export function metadataClient(settings: Pick<MachineSettings, 'endpointsFile' | 'keyHandleFile'>): Metadata {
  const endpoints = (): Promise<Endpoints> => readExisting<Endpoints>(settings.endpointsFile)
  const get = async (path: string, signal: AbortSignal): Promise<Response> => {
    const { metadataUrl } = await endpoints()
    const handle = (await readFile(settings.keyHandleFile, 'utf8')).trim()
    const headers = { 'metadata-flavor': 'Google', 'x-agent-key-handle': handle }
    const response = await fetch(`${metadataUrl}/computeMetadata/v1/instance/${path}`, { headers, signal })
    if (!response.ok) throw new Error(`the metadata server answered ${response.status} for ${path.split('?')[0]}`)
    return response
  }
  return {
    endpoints,
    identityToken: async (audience) => {
      const query = new URLSearchParams({ audience, format: 'full' })
      return (
        await get(`service-accounts/default/identity?${query.toString()}`, AbortSignal.timeout(TIMEOUT_MS))
      ).text()
    },
    configuration: async (known, signal) => {
      const query = new URLSearchParams({
        wait_for_change: 'true',
        timeout_sec: String(WAIT_S),
        last_etag: known ?? '0',
      })
      const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT_S * 1000 + TIMEOUT_MS)])
      const response = await get(`attributes/ap-configuration?${query.toString()}`, limit)
      return (await response.json()) as MachineConfiguration
    },
  }
}
