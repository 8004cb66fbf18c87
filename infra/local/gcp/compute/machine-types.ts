import { invalid } from '../errors.ts'

const SHARED: Readonly<Record<string, number>> = {
  'e2-micro': 2,
  'e2-small': 2,
  'e2-medium': 2,
  'f1-micro': 1,
  'g1-small': 1,
}
const TYPE = /^(?:e2|n1|n2|n2d|t2d|c3)-(?:standard|highmem|highcpu)-(?<cpus>\d+)$/
const SIZES = new Set([1, 2, 4, 8, 16, 32])

/** Processors a machine type counts for; 0 for a type there is not. */
export function processorsOf(machineType: string): number {
  const cpus = Number(TYPE.exec(machineType)?.groups?.['cpus'] ?? 0)
  return SHARED[machineType] ?? (SIZES.has(cpus) ? cpus : 0)
}

/** The machine type a reference names. Throws when it is of another zone, or there is none. */
export function machineTypeOf(reference: unknown, project: string, zone: string): string {
  const text = typeof reference === 'string' ? reference : ''
  const [, where, type = ''] = /(?:^|\/)zones\/([^/]+)\/machineTypes\/([^/]+)$/.exec(text) ?? []
  if (where !== zone || processorsOf(type) === 0)
    throw invalid(
      `Invalid value for field 'resource.machineType': '${text}'. The referenced machine type does not exist in '${zone}'.`,
    )
  return `projects/${project}/zones/${zone}/machineTypes/${type}`
}

const DISK_TYPES = new Set(['pd-standard', 'pd-balanced', 'pd-ssd'])

/** The disk type a reference names; `pd-standard` without one. Throws when it is of another zone, or there is none. */
export function diskTypeOf(reference: unknown, project: string, zone: string): string {
  const text = typeof reference === 'string' && reference !== '' ? reference : `zones/${zone}/diskTypes/pd-standard`
  const [, where, type = ''] = /(?:^|\/)zones\/([^/]+)\/diskTypes\/([^/]+)$/.exec(text) ?? []
  if (where !== zone || !DISK_TYPES.has(type))
    throw invalid(
      `Invalid value for field 'resource.type': '${text}'. The referenced disk type does not exist in '${zone}'.`,
    )
  return `projects/${project}/zones/${zone}/diskTypes/${type}`
}
