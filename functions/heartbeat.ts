import { randomUUID } from 'node:crypto'
import { answer } from '../shared/commands/answers.ts'
import { HeartbeatBody } from '../shared/documents/heartbeat.ts'
import type { HeartbeatClaims } from '../shared/documents/heartbeat.ts'
import { firstIssue } from '../shared/documents/parsed.ts'
import type { Bus } from '../shared/ports/bus.ts'
import type { Clock } from '../shared/ports/clock.ts'
import type { Log } from '../shared/ports/log.ts'
import { TokenRefused } from '../shared/ports/verify-identity.ts'
import type { VerifyIdentity } from '../shared/ports/verify-identity.ts'

/** All that a heartbeat needs; no documents. */
export type HeartbeatPorts = {
  readonly verify: VerifyIdentity
  readonly bus: Pick<Bus, 'publishHeartbeat'>
  readonly clock: Clock
  readonly log: Log
}

const MAX_BYTES = 4096

/** HTTP: a machine says that it lives. Who it is, its token proves; the body carries no identity. */
export const heartbeat =
  (ports: () => Promise<HeartbeatPorts>) =>
  async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') return refusal(405, 'heartbeats are posted')
    const token = request.headers.get('x-agent-identity')
    if (token === null || token === '') return refusal(401, 'the header x-agent-identity is missing')
    const { verify, bus, clock, log } = await ports()
    const claims = await verify(token).catch(refused)
    if (claims instanceof TokenRefused) {
      log.warn('heartbeat.refused', { reason: claims.message, count: 1 })
      return refusal(401, claims.message)
    }
    const bytes = await request.arrayBuffer()
    if (bytes.byteLength > MAX_BYTES) return refusal(413, `a heartbeat has at most ${MAX_BYTES} bytes`)
    const body = HeartbeatBody.safeParse(jsonIn(bytes))
    if (!body.success) return refusal(400, firstIssue(body.error).join(' '))
    await bus.publishHeartbeat({ claims, body: body.data, receivedAtMs: clock.nowMs() })
    return new Response(null, { status: 204 })
  }

function refused(error: unknown): TokenRefused | HeartbeatClaims {
  if (error instanceof TokenRefused) return error
  throw error
}

function jsonIn(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

const CODES = { 400: 'BadRequest', 401: 'SignInNeeded', 405: 'WrongMethod', 413: 'TooLarge' } as const

function refusal(status: keyof typeof CODES, message: string): Response {
  const requestId = randomUUID()
  return answer(status, { code: CODES[status], message, requestId }, requestId)
}
