import type { HeartbeatBody } from '../../shared/documents/heartbeat.ts'
import type { Metadata } from './metadata.ts'

/** Sends heartbeats. */
export type Reporter = {
  /**
   * Sends one heartbeat. `first` is true until a ready one of this boot and generation has been delivered, so that a
   * lost one is sent again. @throws when it was not delivered
   */
  send(body: Omit<HeartbeatBody, 'first'>): Promise<void>
  /** Whether a ready gateway at this generation has yet to be reported. */
  owes(generation: string): boolean
}

const TIMEOUT_MS = 10_000

/** What a reporter asks of a metadata server. */
export type Identity = Pick<Metadata, 'endpoints' | 'identityToken'>

/** One reporter per boot. The machine's identity is the token's; the body carries none. */
export function reporter(identity: Identity): Reporter {
  let delivered: string | undefined
  const owes = (generation: string): boolean => delivered !== generation
  return {
    owes,
    send: async (body) => {
      // A gateway may be ready before it has taken any configuration over: that proves nothing yet.
      const first = body.ready && body.appliedGeneration !== '' && owes(body.appliedGeneration)
      await post(identity, { ...body, first })
      if (first) delivered = body.appliedGeneration
    },
  }
}

async function post(identity: Identity, body: HeartbeatBody): Promise<void> {
  const { heartbeatUrl } = await identity.endpoints()
  const token = await identity.identityToken(heartbeatUrl)
  const response = await fetch(heartbeatUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-agent-identity': token },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`heartbeat answered ${response.status}`)
}
