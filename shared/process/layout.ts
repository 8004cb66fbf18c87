import { join } from 'node:path'
import type { Place } from '../documents/names.ts'

/** Where everything of one agent lies. One folder, nobody else's. */
export type AgentLayout = ReturnType<typeof agentLayout>

/** The folder that holds every agent's folder. */
export const agentsFolder = (stateDir: string): string => join(stateDir, 'agents')

/** Paths of one agent. `disk` outlives the machine; `machine` goes with it. */
export function agentLayout(stateDir: string, { uid }: Pick<Place, 'uid'>) {
  const folder = join(agentsFolder(stateDir), uid)
  return {
    folder,
    account: join(folder, 'account.json'),
    keyHandle: join(folder, 'key-handle'),
    egress: join(folder, 'egress.json'),
    access: join(folder, 'access.json'),
    secrets: join(folder, 'secrets'),
    disk: join(folder, 'disk'),
    diskRecord: join(folder, 'disk', 'disk.json'),
    openclawState: join(folder, 'disk', 'openclaw'),
    gatewayToken: join(folder, 'disk', 'gateway-token'),
    machine: join(folder, 'machine'),
    machineRecord: join(folder, 'machine', 'record.json'),
    machineState: join(folder, 'machine', 'state.json'),
    machineSettings: join(folder, 'machine', 'settings.json'),
    machineLog: join(folder, 'machine', 'machine.log'),
    machineConsole: join(folder, 'machine', 'console.log'),
  } as const
}

/** The program of an installed release. */
export const openclawProgram = (cacheDir: string, version: string): string =>
  join(cacheDir, version, 'node_modules', 'openclaw', 'openclaw.mjs')

/** Paths of what a whole installation shares. */
export const sharedLayout = (stateDir: string) =>
  ({
    issuerKey: join(stateDir, 'issuer-key.json'),
    endpoints: join(stateDir, 'endpoints.json'),
    planes: join(stateDir, 'planes'),
    network: (planeUid: string): string => join(stateDir, 'planes', `${planeUid}.json`),
  }) as const
