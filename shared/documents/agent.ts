import { z } from 'zod'
import { BackendName, Counter, Labels, Moment, OpenClawVersion, Person, SecretName } from './fields.ts'

/** A machine size. 2 GB is the least an OpenClaw gateway was seen to work with, so nothing smaller than e2-small. */
export const MachineType = z
  .string()
  .regex(
    /^(?:e2-small|[a-z]\d[a-z]?-(?:medium|standard|highmem|highcpu)(?:-\d{1,3})?)$/,
    'must be e2-small or larger, e.g. "e2-medium"',
  )

/** What the machine may reach. */
export const Egress = z.strictObject({
  mode: z.enum(['open', 'restricted']),
  domains: z.array(z.hostname('must be a domain such as "api.openai.com"')).max(100).default([]),
})

const Channel = z.strictObject({
  kind: z.enum(['telegram', 'whatsapp', 'signal', 'slack']),
  allowFrom: z.array(z.string().max(64)).max(50).default([]),
  account: z.string().max(64).optional(),
})
export type Channel = z.infer<typeof Channel>

const Model = z.strictObject({
  provider: z.enum(['openai', 'anthropic', 'google', 'openrouter']),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/, 'must be a model name'),
  apiKeySecret: SecretName,
})

const Duration = z.string().regex(/^[1-9]\d{0,3}[mh]$/, 'must be minutes or hours, e.g. "30m"')

/** One person's agent, as a person wants it. Document `planes/{plane}/agents/{name}`. */
export const AgentSpec = z.strictObject({
  createdAt: Moment,
  owner: Person,
  backend: BackendName.optional(),
  zone: z
    .string()
    .regex(/^[a-z]+-[a-z]+\d{1,2}-[a-z]$/, 'must be a zone such as "us-east4-a"')
    .optional(),
  machineType: MachineType.optional(),
  desiredState: z.enum(['running', 'stopped', 'removed']).default('running'),
  /** With `removed`: delete the data disk at once instead of after the plane's retention. */
  purge: z.boolean().default(false),
  openclawVersion: OpenClawVersion.optional(),
  model: Model.optional(),
  channels: z.array(Channel).max(8).default([]),
  secrets: z.array(SecretName).max(50).default([]),
  openclawHeartbeat: z.strictObject({ every: Duration }).optional(),
  thinkingClock: z.strictObject({ every: Duration, prompt: z.string().min(1).max(4000) }).optional(),
  egress: Egress.optional(),
  budgetUsdPerMonth: z.number().positive().max(1_000_000).optional(),
  labels: Labels.default({}),
  restart: Counter.default(0),
  retry: Counter.default(0),
})
export type AgentSpec = z.infer<typeof AgentSpec>
