import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SignJWT, generateKeyPair } from 'jose'
import type { CryptoKey } from 'jose'

const CLIENT = { client_id: 'desktop.apps.example.com', client_secret: 'not-confidential' } as const
const ISSUER = 'https://accounts.google.com'

/** Where people sign in, on a free port of this machine: it asks for all that Google asks of a desktop client. */
export type AuthorizationServer = {
  readonly clientId: string
  /** The file of its client, as an admin hands it out. */
  readonly clientFile: string
  readonly publicKey: CryptoKey
  /** Refresh tokens that are good for something. */
  readonly refreshTokens: Set<string>
  /** What the person at the browser says. */
  answer: 'yes' | 'no'
  /** Whether it ends no sign-in now. */
  isBroken: boolean
  /** How long its identity tokens last. */
  lifetime: string
  stop(): Promise<void>
}

type Grant = { readonly challenge: string; readonly redirectUri: string }

/** Starts one, at which ada@example.com is signed in. */
export async function authorizationServer(): Promise<AuthorizationServer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const grants = new Map<string, Grant>()
  const refreshTokens = new Set<string>()
  const folder = await mkdtemp(join(tmpdir(), 'ap-oauth-'))
  const clientFile = join(folder, 'client.json')
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/authorize') return authorize(searchParams, self.answer, grants, response)
    if (pathname === '/token')
      return void token(request, response, { grants, refreshTokens, privateKey, lifetime: self.lifetime })
    if (pathname === '/revoke') return void revoke(request, response, self)
    return void response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const installed = { ...CLIENT, auth_uri: `${url}/authorize`, token_uri: `${url}/token` }
  await writeFile(clientFile, JSON.stringify({ installed }))
  const self: AuthorizationServer = {
    clientId: CLIENT.client_id,
    clientFile,
    publicKey,
    refreshTokens,
    answer: 'yes',
    isBroken: false,
    lifetime: '1h',
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
  return self
}

const WANTED = { client_id: CLIENT.client_id, response_type: 'code', access_type: 'offline', scope: 'openid email' }

function authorize(
  asked: URLSearchParams,
  answer: 'yes' | 'no',
  grants: Map<string, Grant>,
  response: ServerResponse,
): void {
  const {
    redirect_uri: redirectUri = '',
    state = '',
    code_challenge: challenge = '',
    ...rest
  } = Object.fromEntries(asked)
  const isProof = /^[\w-]{43}$/.test(challenge) && rest['code_challenge_method'] === 'S256'
  const isWanted = Object.entries(WANTED).every(([name, value]) => rest[name] === value)
  const isLoopback = /^http:\/\/127\.0\.0\.1:\d+\/$/.test(redirectUri)
  if (!isProof || !isWanted || !isLoopback || state.length < 40) return void response.writeHead(400).end()
  const code = randomUUID()
  if (answer === 'yes') grants.set(code, { challenge, redirectUri })
  const back = new URL(redirectUri)
  back.search = new URLSearchParams({ state, ...(answer === 'yes' ? { code } : { error: 'access_denied' }) }).toString()
  response.writeHead(302, { location: back.href }).end()
}

type Issuing = {
  readonly grants: Map<string, Grant>
  readonly refreshTokens: Set<string>
  readonly privateKey: CryptoKey
  readonly lifetime: string
}

async function token(
  request: IncomingMessage,
  response: ServerResponse,
  { grants, refreshTokens, privateKey, lifetime }: Issuing,
): Promise<void> {
  const asked = Object.fromEntries(new URLSearchParams(await text(request)))
  const isClient = asked['client_id'] === CLIENT.client_id && asked['client_secret'] === CLIENT.client_secret
  const { code = '', refresh_token: known = '' } = asked
  const refreshToken = isProven(asked, grants.get(code)) ? randomUUID() : undefined
  grants.delete(code)
  if (!isClient || (refreshToken === undefined && !refreshTokens.has(known)))
    return json(response, 400, { error: 'invalid_grant' })
  if (refreshToken !== undefined) refreshTokens.add(refreshToken)
  const id_token = await new SignJWT({ email: 'ada@example.com', email_verified: true })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(ISSUER)
    .setAudience(CLIENT.client_id)
    .setSubject('1234567890')
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .setJti(randomUUID())
    .sign(privateKey)
  return json(response, 200, {
    id_token,
    access_token: 'of no use',
    ...(refreshToken && { refresh_token: refreshToken }),
  })
}

/** https://datatracker.ietf.org/doc/html/rfc7636#section-4.6 */
const isProven = (
  { code_verifier: verifier = '', redirect_uri: uri }: Record<string, string>,
  grant?: Grant,
): boolean =>
  grant !== undefined &&
  grant.redirectUri === uri &&
  createHash('sha256').update(verifier).digest('base64url') === grant.challenge

/** Google ends what a person gave to a client, and with it every token of that, newer ones too. */
async function revoke(
  request: IncomingMessage,
  response: ServerResponse,
  { refreshTokens, isBroken }: Pick<AuthorizationServer, 'refreshTokens' | 'isBroken'>,
): Promise<void> {
  const known = new URLSearchParams(await text(request)).get('token') ?? ''
  if (isBroken) return json(response, 503, {})
  if (!refreshTokens.has(known)) return json(response, 400, { error: 'invalid_token' })
  refreshTokens.clear()
  return json(response, 200, {})
}

const json = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
