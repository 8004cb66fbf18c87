import { z } from 'zod'
import { firstIssue } from '../shared/documents/parsed.ts'

const HostAndPort = z.string().regex(/^[^\s/]+:\d+$/, 'must be host:port')

/** What this installation is told by its environment. Without the emulators' addresses, clients would speak to Google. */
const Environment = z.object({
  AP_MODE: z.literal('local', { error: 'must be "local"' }),
  AP_BACKEND: z.literal('process', { error: 'must be "process"' }),
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
  FIRESTORE_EMULATOR_HOST: HostAndPort,
  PUBSUB_EMULATOR_HOST: HostAndPort,
  AP_STATE_DIR: z.string().min(1),
  AP_API_TOKEN_FILE: z.string().min(1),
  /** Where the functions answer: `heartbeat` lies below it. */
  AP_FUNCTIONS_URL: z.url(),
  /** Where the keys are published that machines' identity tokens are signed with. */
  AP_HEARTBEAT_JWKS_URL: z.url(),
  /** The tokens' `iss`, when it is another than the local issuer. */
  AP_HEARTBEAT_ISSUER: z.string().min(1).optional(),
  /** The address that machines name in their tokens, when it is another than that of the function. */
  AP_HEARTBEAT_AUDIENCE: z.url().optional(),
})
export type Environment = z.infer<typeof Environment>

/** Reads the environment once. @throws Error naming the first variable that is missing or wrong */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const result = Environment.safeParse(env)
  if (result.success) return result.data
  throw new Error(`The environment variable ${firstIssue(result.error).join(' ')}. Set it and start again.`)
}
