import { z } from 'zod'
import { BackendName, Counter, Moment, OpenClawVersion } from './fields.ts'
import { Egress, MachineType } from './agent.ts'

/** What agents of a plane get unless their own spec says otherwise. */
const Defaults = z.strictObject({
  machineType: MachineType.optional(),
  openclawVersion: OpenClawVersion.optional(),
  egress: Egress.optional(),
})

/** One organisation's fleet in one cloud project and region. Document `planes/{plane}`. */
export const PlaneSpec = z.strictObject({
  createdAt: Moment,
  project: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be a Google Cloud project id'),
  region: z.string().regex(/^[a-z]+-[a-z]+\d{1,2}$/, 'must be a region such as "us-east4"'),
  zones: z
    .array(z.string().regex(/^[a-z]+-[a-z]+\d{1,2}-[a-z]$/, 'must be a zone such as "us-east4-a"'))
    .max(10)
    .default([]),
  backend: BackendName.default('vm'),
  defaults: Defaults.default({}),
  allowedDomains: z.array(z.hostname('must be a domain such as "acme.com"')).max(50).default([]),
  retentionDays: z.int().min(0).max(365).default(7),
  /** What the sweep does with things of this plane that no document knows. `report` after the database was restored. */
  orphans: z.enum(['remove', 'report']).default('remove'),
  budgetUsdPerMonth: z.number().positive().max(1_000_000).optional(),
  desiredState: z.enum(['running', 'removed']).default('running'),
  retry: Counter.default(0),
})
export type PlaneSpec = z.infer<typeof PlaneSpec>
