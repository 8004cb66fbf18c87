import type { PlanePlace } from '../../documents/names.ts'
import type { Capacity } from '../../ports/plane-resources.ts'

/** What one agent takes of a project. */
export type AgentNeeds = {
  readonly machineType: string
  /** Boot disk and data disk together. */
  readonly ssdGb: number
  /** Kept of its data disk at a time. */
  readonly snapshots: number
}

/** Something there is only so much of. */
export type Limit = {
  /** For a person: `quota CPUS of us-east4`. */
  readonly name: string
  readonly limit: number
  readonly used: number
  readonly perAgent: number
  /** What to do when it is used up. */
  readonly fix: string
}

/** As Compute Engine's regions and projects carry them. */
export type Quota = {
  readonly metric?: string | null | undefined
  readonly limit?: number | null | undefined
  readonly usage?: number | null | undefined
}

/** Processors a machine type counts for: shared-core ones count as two. https://cloud.google.com/compute/docs/general-purpose-machines */
export const processorsOf = (machineType: string): number => Number(/-(\d+)$/.exec(machineType)?.[1] ?? 2)

/** The first series share one quota, later ones have their own: https://cloud.google.com/compute/resource-usage#cpu_quota. */
function processorQuota(machineType: string): string {
  const series = (machineType.split('-')[0] ?? '').toUpperCase()
  return series === 'E2' || series === 'N1' ? 'CPUS' : `${series}_CPUS`
}

/** The quotas of Compute Engine that agents use up; one that is not there is none. */
export function computeLimits(
  { project, region }: PlanePlace,
  quotas: { readonly region: readonly Quota[]; readonly project: readonly Quota[] },
  needs: AgentNeeds,
): readonly Limit[] {
  const processors = processorsOf(needs.machineType)
  const perRegion = { [processorQuota(needs.machineType)]: processors, INSTANCES: 1, SSD_TOTAL_GB: needs.ssdGb }
  const perProject = { CPUS_ALL_REGIONS: processors, SNAPSHOTS: needs.snapshots }
  return [
    ...limitsOf(perRegion, quotas.region, region, project),
    ...limitsOf(perProject, quotas.project, `project ${project}`, project),
  ]
}

const limitsOf = (
  needs: Readonly<Record<string, number>>,
  quotas: readonly Quota[],
  where: string,
  project: string,
): Limit[] =>
  quotas.flatMap(({ metric, limit, usage }) => {
    const perAgent = needs[metric ?? '']
    if (perAgent === undefined || typeof limit !== 'number') return []
    const name = `quota ${metric ?? ''} of ${where}`
    return [{ name, limit, used: usage ?? 0, perAgent, fix: askForMore(metric ?? '', where, project) }]
  })

/** Where a person asks for more of something in a project. */
export const askForMore = (what: string, where: string, project: string): string =>
  `ask for more ${what} of ${where} at https://console.cloud.google.com/iam-admin/quotas?project=${project}`

/** How many agents still fit, and what the next one would lack. */
export function roomIn(limits: readonly Limit[]): Omit<Capacity, 'zones' | 'projectNumber'> {
  const fits = ({ limit, used, perAgent }: Limit): number => Math.max(0, Math.floor((limit - used) / perAgent))
  const [scarcest] = limits.toSorted((a, b) => fits(a) - fits(b))
  if (scarcest === undefined) return { agentsThatFit: 0, limitedBy: 'unknown quotas', fix: 'look at the quotas' }
  const { name, limit, used, perAgent, fix } = scarcest
  const limitedBy = `${name} (${used} of ${limit} used, an agent takes ${perAgent})`
  return { agentsThatFit: fits(scarcest), limitedBy, fix }
}
