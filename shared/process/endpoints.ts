import { writeRecord } from './files.ts'
import { sharedLayout } from './layout.ts'

/** Where machines find what they talk to. Written at every start of a plane; machines that still run read it again. */
export type Endpoints = { readonly metadataUrl: string; readonly heartbeatUrl: string }

/** Tells all machines of an installation where its servers are now. */
export const writeEndpoints = (stateDir: string, endpoints: Endpoints): Promise<void> =>
  writeRecord(sharedLayout(stateDir).endpoints, endpoints)
