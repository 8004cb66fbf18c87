import type { Parked } from '../fakes/world.ts'
import type { Fate } from './driver.ts'

/** Which effect is meant: the beginning of its label, and whose it is. */
type Meant = { readonly label: string; readonly what?: string | undefined }

type Planned = Meant & { readonly fate: Exclude<Fate, 'happens'>; left: number }

const isMeant = ({ label, what }: Meant, parked: Parked): boolean =>
  parked.label.startsWith(label) && (what === undefined || parked.worker.what === what)

/** What shall become of effects that have not come yet; everything else happens. */
export type Plan = {
  readonly fateOf: (parked: Parked) => Fate
  /** The next `count` effects whose label begins like this, of this kind of worker, meet this fate. */
  readonly next: (fate: Planned['fate'], label: string, what?: string, count?: number) => void
  /** How many planned effects have not come yet. */
  readonly open: () => number
}

export function plan(): Plan {
  let planned: Planned[] = []
  return {
    fateOf: (parked) => {
      const found = planned.find((candidate) => isMeant(candidate, parked))
      if (found === undefined) return 'happens'
      found.left -= 1
      if (found.left === 0) planned = planned.filter((other) => other !== found)
      return found.fate
    },
    next: (fate, label, what, count = 1) => void planned.push({ fate, label, what, left: count }),
    open: () => planned.length,
  }
}
