import type { InstantPlane } from '../fakes/instant-plane.ts'

/** One line of the table. */
export type Figure = {
  readonly name: string
  /** What was measured, with its unit. */
  readonly figure: string
  readonly target?: string
  /** Measured divided by wanted: at most 1 is wanted. */
  readonly ratio?: number
  /** Whether the target was missed, where no ratio tells. */
  readonly missed?: boolean
}

/** Whether a figure is not what was wanted. */
export const isMissed = ({ ratio, missed = false }: Figure): boolean => missed || (ratio !== undefined && !(ratio <= 1))

/** Where the emulators listen. */
export type Hosts = { readonly firestoreHost: string; readonly pubsubHost: string }

/** Real parts that benchmarks share; each is started when it is first asked for. */
export type Bed = {
  readonly emulators: () => Promise<Hosts>
  /** The chain of functions over the emulators, with a plane `acme` that is Ready. */
  readonly plane: () => Promise<InstantPlane>
}

/** One benchmark: `npm run bench -- NAME` runs it alone. */
export type Bench = { readonly name: string; readonly run: (bed: Bed) => Promise<readonly Figure[]> }

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)
