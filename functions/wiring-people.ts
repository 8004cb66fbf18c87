import { readFile } from 'node:fs/promises'
import { systemClock } from '../shared/gcp/clock.ts'
import { randomIds } from '../shared/gcp/ids.ts'
import type { CommandPorts } from '../shared/commands/ports.ts'
import type { SignIn } from '../shared/gcp/sign-in.ts'
import type { Authenticate } from '../shared/ports/people.ts'
import type { Log } from '../shared/ports/log.ts'
import type { Deployed, Environment, LocalProcess, LocalVm } from './environment.ts'
import type { WebHandler } from './http.ts'
import { googleOf } from './wiring-backend.ts'
import type { Clients } from './wiring.ts'

/** The API, as the commands serve it. */
export async function apiHandler(env: Environment, clients: Clients, log: Log): Promise<WebHandler> {
  const [{ router }, ports, authenticate] = await Promise.all([
    import('../shared/commands/router.ts'),
    commandPorts(env, 'api', clients, log),
    authenticator(env),
  ])
  return router({ ...ports, authenticate })
}

/** What the commands work with, in a function whose account is its own. Who asks is for the function to find out. */
export async function commandPorts(
  env: Environment,
  functionName: 'api' | 'slack',
  { firestore }: Clients,
  log: Log,
): Promise<Omit<CommandPorts, 'authenticate'>> {
  const [{ desired }, { firestoreDocuments }, { firestoreSpecs }, { firestoreSlack }, agents, database] =
    await Promise.all([
      import('../shared/steps/steps.ts'),
      import('../shared/gcp/documents.ts'),
      import('../shared/gcp/firestore-specs.ts'),
      import('../shared/gcp/firestore-slack.ts'),
      env.AP_BACKEND === 'process' ? processAgents(env) : googleAgents(env, functionName),
      firestore(),
    ])
  return {
    ...agents,
    specs: firestoreSpecs(database, systemClock, log),
    ...(env.AP_SLACK_TEAMS && { slack: firestoreSlack(database, systemClock) }),
    documents: firestoreDocuments(database, log),
    desired,
    backends: [env.AP_BACKEND],
    clock: systemClock,
    ids: randomIds,
    log,
  }
}

type AgentPorts = Pick<CommandPorts, 'access' | 'vault' | 'logs' | 'prices'>

async function processAgents({ AP_STATE_DIR: stateDir }: LocalProcess): Promise<AgentPorts> {
  const [{ processOwnerAccess }, { defaultCacheDir }, { processVault }, { processLogs }] = await Promise.all([
    import('../shared/process/access.ts'),
    import('../shared/process/context.ts'),
    import('../shared/process/secret-store.ts'),
    import('../shared/process/logs.ts'),
  ])
  const local = { stateDir }
  return {
    access: processOwnerAccess({ ...local, cacheDir: defaultCacheDir(process.env) }),
    vault: processVault(local),
    logs: processLogs(local),
    prices: () => undefined,
  }
}

async function googleAgents(
  env: Exclude<Environment, LocalProcess>,
  functionName: 'api' | 'slack',
): Promise<AgentPorts> {
  const [{ googleOwnerAccess, googleVault, simulatedVault }, { googleLogs }, { googlePrices }] = await Promise.all([
    import('../shared/gcp/people.ts'),
    import('../shared/gcp/logs.ts'),
    import('../shared/gcp/prices.ts'),
  ])
  return {
    access: googleOwnerAccess,
    vault: env.AP_MODE === 'deployed' ? googleVault : simulatedVault,
    logs: googleLogs(await googleOf(env, functionName)),
    prices: (backend) => (backend === 'vm' ? googlePrices : undefined),
  }
}

async function authenticator(env: Environment): Promise<Authenticate> {
  if (env.AP_MODE === 'deployed') return signedIn(env)
  const { localCaller } = await import('../shared/commands/authenticate.ts')
  return localCaller((await readFile(env.AP_API_TOKEN_FILE, 'utf8')).trim(), await localPeople(env))
}

/** Further people of a local plane prove themselves as they would to a deployment, with tokens that this computer signed. */
async function localPeople({ AP_PEOPLE_JWKS_URL: url }: LocalProcess | LocalVm): Promise<Authenticate | undefined> {
  if (url === undefined) return undefined
  const [{ createRemoteJWKSet }, { googleIssuer, tokenCaller }, { LOCAL_CLIENT }] = await Promise.all([
    import('jose'),
    import('../shared/gcp/sign-in.ts'),
    import('../shared/process/issuer.ts'),
  ])
  return tokenCaller([googleIssuer([LOCAL_CLIENT], createRemoteJWKSet(new URL(url)))], systemClock)
}

/** People of a deployment prove themselves with identity tokens of Firebase or of the plane's own OAuth clients. */
async function signedIn(env: Deployed): Promise<Authenticate> {
  const [{ createRemoteJWKSet }, { issuersOf, tokenCaller }] = await Promise.all([
    import('jose'),
    import('../shared/gcp/sign-in.ts'),
  ])
  return tokenCaller(
    issuersOf(signInOf(env), (url) => createRemoteJWKSet(new URL(url))),
    systemClock,
  )
}

/** How people sign in to a deployment, as its environment says. */
export const signInOf = (env: Deployed): SignIn => ({
  project: env.GOOGLE_CLOUD_PROJECT,
  clients: env.AP_OAUTH_CLIENTS,
  isGcloudAllowed: env.AP_GCLOUD_SIGN_IN === 'allowed',
})
