// What a booted machine finds around it: Google's metadata server, Secret Manager, Cloud Logging, an address for heartbeats, and where
// it downloads from. It runs in the machine's network, as a process of its own, and is spoken to by messages.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { writeRequest } from '../../infra/machine/vm/cloud-logging.ts'
import { DOWNLOADS } from './boot-downloads.ts'
import { IDENTITY } from './boot-identity.ts'

/** What the test tells this process. */
export type Told = {
  readonly attributes?: Readonly<Record<string, string>>
  /** What all machines of the project are told. */
  readonly projectAttributes?: Readonly<Record<string, string>>
  /** A new version each, by Secret Manager's own name. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** What this process tells the test. */
export type Heard =
  | { readonly ready: { readonly jwks: object } }
  | { readonly heartbeat: { readonly body: unknown; readonly token: string } }
  | { readonly logged: Logged }
  /** Something was downloaded: its path. */
  | { readonly downloaded: string }

/** What Cloud Logging was asked to write. */
export type Logged = ReturnType<typeof writeRequest>

const PREFIX = '/computeMetadata/v1/'
const ATTRIBUTES = 'instance/attributes/'
const PROJECT_ATTRIBUTES = 'project/attributes/'
const SECRET = /^\/v1\/projects\/([^/]+)\/secrets\/([^/]+)\/versions\/([^/:]+):access$/

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
const metadata = {
  attributes: {} as Readonly<Record<string, string>>,
  projectAttributes: {} as Readonly<Record<string, string>>,
  etag: '',
  changed: Promise.withResolvers<void>(),
}
const secrets = new Map<string, readonly string[]>()

const say = (heard: Heard): void => void process.send?.(heard)

function listen(told: Told): void {
  for (const [name, value] of Object.entries(told.secrets ?? {}))
    secrets.set(name, [...(secrets.get(name) ?? []), value])
  const { attributes = metadata.attributes, projectAttributes = metadata.projectAttributes } = told
  const { changed } = metadata
  const now = { etag: randomUUID(), changed: Promise.withResolvers<void>() }
  Object.assign(metadata, { attributes, projectAttributes, ...now })
  changed.resolve()
}

/** https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload */
function identityToken(audience: string): Promise<string> {
  const { project: project_id, instanceId: instance_id, zone, sub, email } = IDENTITY
  const compute_engine = { project_id, project_number: 1, instance_id, instance_name: 'agent', zone }
  return new SignJWT({ azp: sub, email, email_verified: true, google: { compute_engine } })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
    .setIssuer('https://accounts.google.com')
    .setAudience(audience)
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey)
}

/** One value of the metadata server's tree, or a part of the tree. */
async function metadataAt(path: string, query: URLSearchParams): Promise<string | object | undefined> {
  const { attributes, projectAttributes } = metadata
  if (path === ATTRIBUTES) return attributes
  if (path === PROJECT_ATTRIBUTES) return projectAttributes
  if (path.startsWith(ATTRIBUTES)) return attributes[path.slice(ATTRIBUTES.length)]
  if (path === 'project/project-id') return IDENTITY.project
  if (path === 'instance/id') return IDENTITY.instanceId
  if (path === 'instance/zone') return `projects/1/zones/${IDENTITY.zone}`
  if (path === 'instance/service-accounts/default/identity') return identityToken(query.get('audience') ?? '')
  if (path === 'instance/service-accounts/default/token')
    return { access_token: IDENTITY.accessToken, expires_in: 3000, token_type: 'Bearer' }
  const instance = { attributes, id: Number(IDENTITY.instanceId), zone: IDENTITY.zone }
  return path === '' ? { instance, project: { attributes: projectAttributes, projectId: IDENTITY.project } } : undefined
}

async function answerMetadata(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://metadata')
  if (request.headers['metadata-flavor'] !== 'Google') return void response.writeHead(403).end()
  if (searchParams.get('wait_for_change') === 'true' && searchParams.get('last_etag') === metadata.etag)
    await Promise.race([metadata.changed.promise, closedOrOver(request, Number(searchParams.get('timeout_sec')))])
  const found = await metadataAt(pathname.slice(PREFIX.length).replace(/^\/+/, ''), searchParams)
  if (found === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { etag: metadata.etag, 'metadata-flavor': 'Google' })
  response.end(typeof found === 'string' ? found : JSON.stringify(found))
}

function closedOrOver(request: IncomingMessage, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000)
    request.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access */
function answerSecret(request: IncomingMessage, response: ServerResponse): void {
  const [, project, name = '', version = ''] = SECRET.exec(request.url ?? '') ?? []
  if (!isMachines(request) || project !== IDENTITY.project) return void response.writeHead(403).end()
  const values = secrets.get(name) ?? []
  const number = version === 'latest' ? values.length : Number(version)
  const value = values[number - 1]
  if (value === undefined) return void response.writeHead(404).end()
  const payload = { data: Buffer.from(value).toString('base64') }
  response.end(JSON.stringify({ name: `projects/1/secrets/${name}/versions/${number}`, payload }))
}

const isMachines = ({ headers }: IncomingMessage): boolean => headers.authorization === `Bearer ${IDENTITY.accessToken}`

async function answerLogging(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const logged = JSON.parse(await text(request)) as Logged
  if (!isMachines(request)) return void response.writeHead(403).end()
  say({ logged })
  response.end('{}')
}

async function answerSecure(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/v2/entries:write') return answerLogging(request, response)
  if (request.url !== '/heartbeat') return answerSecret(request, response)
  const body: unknown = JSON.parse(await text(request))
  say({ heartbeat: { body, token: String(request.headers['x-agent-identity']) } })
  response.writeHead(204).end()
}

async function answerDownload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = decodeURIComponent(new URL(request.url ?? '/', DOWNLOADS.url).pathname)
  const content = await readFile(join(downloads, path)).catch(() => undefined)
  if (content === undefined) return void response.writeHead(404).end()
  say({ downloaded: path })
  response.end(content)
}

const [tlsFolder = '', port, downloads = '', ...moreAddresses] = process.argv.slice(2)
const tls = { key: readFileSync(`${tlsFolder}/key.pem`), cert: readFileSync(`${tlsFolder}/ca.pem`) }
const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
process.on('message', listen)
process.on('disconnect', () => process.exit())
for (const address of ['169.254.169.254', ...moreAddresses])
  createServer((request, response) => void answerMetadata(request, response)).listen(80, address)
createServer((request, response) => void answerDownload(request, response)).listen(DOWNLOADS.port, '127.0.0.1')
createSecureServer(tls, (request, response) => void answerSecure(request, response)).listen(
  Number(port),
  '127.0.0.1',
  () => say({ ready: { jwks: { keys: [jwk] } } }),
)
