// What a booted machine finds around it: Google's metadata server, Secret Manager, and an address for heartbeats. It runs
// in the machine's network, as a process of its own, and is spoken to by messages.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { IDENTITY } from './boot-identity.ts'

/** What the test tells this process. */
export type Told = {
  readonly attributes?: Readonly<Record<string, string>>
  /** By Secret Manager's own name; the version is counted. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** What this process tells the test. */
export type Heard =
  | { readonly ready: { readonly jwks: object } }
  | { readonly heartbeat: { readonly body: unknown; readonly token: string } }

const PREFIX = '/computeMetadata/v1/'
const ISSUER = 'https://accounts.google.com'

const say = (heard: Heard): void => void process.send?.(heard)

await serve(process.argv[2] ?? '', Number(process.argv[3]))

async function serve(tlsFolder: string, port: number): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const metadata = {
    attributes: {} as Record<string, string>,
    etag: randomUUID(),
    changed: Promise.withResolvers<void>(),
  }
  const secrets = new Map<string, readonly string[]>()
  process.on('message', (told: Told) => {
    for (const [name, value] of Object.entries(told.secrets ?? {}))
      secrets.set(name, [...(secrets.get(name) ?? []), value])
    if (told.attributes === undefined) return
    Object.assign(metadata, { attributes: told.attributes, etag: randomUUID() })
    metadata.changed.resolve()
    metadata.changed = Promise.withResolvers<void>()
  })
  process.on('disconnect', () => process.exit())

  const identityToken = (audience: string): Promise<string> => {
    const { project: project_id, instanceId: instance_id, zone, sub, email } = IDENTITY
    const compute_engine = { project_id, project_number: 1, instance_id, instance_name: 'agent', zone }
    return new SignJWT({ azp: sub, email, email_verified: true, google: { compute_engine } })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(sub)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  }

  const tree = (): object => ({
    instance: { attributes: metadata.attributes, id: Number(IDENTITY.instanceId), zone: IDENTITY.zone },
    project: { attributes: {}, projectId: IDENTITY.project },
  })

  const leaf = async (path: string, query: URLSearchParams): Promise<string | object | undefined> => {
    if (path === 'project/project-id') return IDENTITY.project
    if (path === 'instance/service-accounts/default/token')
      return { access_token: IDENTITY.accessToken, expires_in: 3000, token_type: 'Bearer' }
    if (path === 'instance/service-accounts/default/identity') return identityToken(query.get('audience') ?? '')
    if (path === 'instance/attributes/') return metadata.attributes
    if (path.startsWith('instance/attributes/')) return metadata.attributes[path.slice('instance/attributes/'.length)]
    return path === '' ? tree() : undefined
  }

  const answerMetadata = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://metadata')
    if (request.headers['metadata-flavor'] !== 'Google') return void response.writeHead(403).end()
    if (searchParams.get('wait_for_change') === 'true' && searchParams.get('last_etag') === metadata.etag)
      await Promise.race([metadata.changed.promise, closedOrOver(request, Number(searchParams.get('timeout_sec')))])
    const found = await leaf(pathname.slice(PREFIX.length).replace(/^\/+/, ''), searchParams)
    if (found === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { etag: metadata.etag, 'metadata-flavor': 'Google' })
    response.end(typeof found === 'string' ? found : JSON.stringify(found))
  }

  const SECRET = /^\/v1\/projects\/([^/]+)\/secrets\/([^/]+)\/versions\/([^/:]+):access$/
  const answerSecret = (path: string, request: IncomingMessage, response: ServerResponse): void => {
    const [, project, name = '', version = ''] = SECRET.exec(path) ?? []
    const values = secrets.get(name) ?? []
    const number = version === 'latest' ? values.length : Number(version)
    const value = values[number - 1]
    if (request.headers.authorization !== `Bearer ${IDENTITY.accessToken}` || project !== IDENTITY.project)
      return void response.writeHead(403).end()
    if (value === undefined) return void response.writeHead(404).end()
    const payload = { data: Buffer.from(value).toString('base64') }
    response.end(JSON.stringify({ name: `projects/1/secrets/${name}/versions/${number}`, payload }))
  }

  const answerSecure = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url !== '/heartbeat') return answerSecret(request.url ?? '', request, response)
    const body: unknown = JSON.parse(await text(request))
    say({ heartbeat: { body, token: String(request.headers['x-agent-identity']) } })
    response.writeHead(204).end()
  }

  const tls = { key: readFileSync(`${tlsFolder}/key.pem`), cert: readFileSync(`${tlsFolder}/ca.pem`) }
  createServer((request, response) => void answerMetadata(request, response)).listen(80, '169.254.169.254')
  createSecureServer(tls, (request, response) => void answerSecure(request, response)).listen(port, '127.0.0.1', () => {
    void exportJWK(publicKey).then((jwk) =>
      say({ ready: { jwks: { keys: [{ ...jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] } } }),
    )
  })
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
