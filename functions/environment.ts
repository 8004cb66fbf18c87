import { z } from 'zod'
import { firstIssue } from '../shared/documents/parsed.ts'

const Text = z.string().min(1)
const HostAndPort = z.string().regex(/^[^\s/]+:\d+$/, 'must be host:port')
const Project = z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be a Google Cloud project id')
/** OAuth clients of the plane's own, whose identity tokens its API takes. */
const Clients = z
  .string()
  .transform((text) => text.split(',').map((client) => client.trim()))
  .pipe(
    z.array(
      z.string().regex(/^[\w-]+\.apps\.googleusercontent\.com$/, 'must be OAuth client ids, separated by commas'),
    ),
  )
/** Asked for rather than assumed: an image may name mirrors, and an image that has everything needs none. */
const Hosts = z
  .string({ error: 'must name the hosts that machines install from, or be empty for an image that has everything' })
  .transform((text) => text.split(',').flatMap((host) => host.trim() || []))
  .pipe(
    z.array(z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'must be host names, separated by commas')),
  )
const Unset = z.undefined({ error: 'must not be set in a deployment' }).optional()

/** Workspaces of Slack, and the plane that each one means: `T0123ABCD=acme-agents,T0456EFGH=other`. */
const Teams = z
  .string()
  .regex(
    /^T[A-Z0-9]{2,20}=[a-z0-9-]{1,40}(?:,T[A-Z0-9]{2,20}=[a-z0-9-]{1,40})*$/,
    'must be TEAM=PLANE, separated by commas, e.g. "T0123ABCD=acme-agents"',
  )
  .transform((text): ReadonlyMap<string, string> => {
    return new Map(text.split(',').map((pair) => [pair.replace(/=.*/, ''), pair.replace(/.*=/, '')]))
  })

/** Without the first of them there is no Slack. */
const slack = {
  AP_SLACK_TEAMS: Teams.optional(),
  AP_SLACK_APP: z
    .string()
    .regex(/^A[A-Z0-9]{2,20}$/, 'must be the id of a Slack app')
    .optional(),
  AP_SLACK_SECRET_FILE: Text.optional(),
  AP_SLACK_TOKEN_FILE: Text.optional(),
  AP_SLACK_LINK_URL: z.url('must be an address').optional(),
}

const everywhere = {
  ...slack,
  GOOGLE_CLOUD_PROJECT: Text,
  AP_FUNCTIONS_URL: z.url('must be an address'),
  AP_HEARTBEAT_AUDIENCE: z.url('must be an address').optional(),
}

const local = {
  ...everywhere,
  AP_MODE: z.literal('local'),
  FIRESTORE_EMULATOR_HOST: HostAndPort,
  PUBSUB_EMULATOR_HOST: HostAndPort,
  AP_API_TOKEN_FILE: Text,
  AP_HEARTBEAT_JWKS_URL: z.url('must be an address'),
  AP_PEOPLE_JWKS_URL: z.url('must be an address').optional(),
  AP_HEARTBEAT_ISSUER: Text.optional(),
  AP_SLACK_API_URL: z.url('must be an address').optional(),
}

const vm = {
  AP_BACKEND: z.literal('vm', { error: 'must be "vm"' }),
  AP_CONTROL_PROJECT: Project,
  AP_TASKS_LOCATION: z.string().regex(/^[a-z]+-[a-z]+\d{1,2}$/, 'must be a region such as "us-east4"'),
  AP_TASKS_QUEUE: z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a queue'),
  AP_MACHINE_IMAGE: z
    .string()
    .regex(
      /^projects\/[^/\s]+\/global\/images\/(?:family\/)?[a-z0-9-]+$/,
      'must be projects/P/global/images/family/F or projects/P/global/images/I',
    )
    .default('projects/debian-cloud/global/images/family/debian-12'),
  AP_MACHINE_SOURCES: Hosts,
}

const LocalProcess = z.object({ ...local, AP_BACKEND: z.literal('process'), AP_STATE_DIR: Text })
const LocalVm = z.object({ ...local, ...vm, AP_GOOGLE_ENDPOINT: HostAndPort })
const Deployed = z.object({
  ...everywhere,
  ...vm,
  AP_MODE: z.literal('deployed'),
  AP_OAUTH_CLIENTS: Clients.default([]),
  AP_GCLOUD_SIGN_IN: z.literal('allowed', { error: 'must be "allowed" or not set' }).optional(),
  // With one of these, Google's clients would speak to something else than Google.
  FIRESTORE_EMULATOR_HOST: Unset,
  PUBSUB_EMULATOR_HOST: Unset,
  AP_GOOGLE_ENDPOINT: Unset,
  // Whoever publishes these keys could be anybody.
  AP_PEOPLE_JWKS_URL: Unset,
  AP_SLACK_API_URL: Unset,
})

const Local = z.discriminatedUnion('AP_BACKEND', [LocalProcess, LocalVm], {
  error: 'must be "process", or "vm" on a simulated cloud',
})

/** What this installation is told by its environment; `README.md` says what each variable means. */
const Environment = z.discriminatedUnion('AP_MODE', [Local, Deployed], { error: 'must be "local" or "deployed"' })

export type LocalProcess = z.infer<typeof LocalProcess>
export type LocalVm = z.infer<typeof LocalVm>
export type Deployed = z.infer<typeof Deployed>
export type Environment = z.infer<typeof Environment>

/** Reads the environment once. @throws Error naming the first variable that is missing or wrong */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const result = Environment.safeParse(env)
  if (result.success) return result.data
  throw new Error(`The environment variable ${firstIssue(result.error).join(' ')}. Correct it and start again.`)
}

/** The address that machines send heartbeats to, and name in their tokens. */
export const heartbeatUrl = ({ AP_HEARTBEAT_AUDIENCE, AP_FUNCTIONS_URL }: Environment): string =>
  AP_HEARTBEAT_AUDIENCE ?? `${AP_FUNCTIONS_URL}/heartbeat`
