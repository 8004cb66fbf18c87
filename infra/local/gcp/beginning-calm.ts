import { calm } from './options.ts'
import type { Options } from './options.ts'

/**
 * A cloud that begins calm, for what was done long before: an admin's grants are in force everywhere. Its own latencies and
 * propagation begin with `begin`.
 */
export function beginningCalm(options: Options): { readonly options: Options; readonly begin: () => void } {
  let times: Pick<Options, 'latencies' | 'propagation'> = calm
  return {
    options: {
      ...options,
      get latencies() {
        return times.latencies
      },
      get propagation() {
        return times.propagation
      },
    },
    begin: () => {
      times = options
    },
  }
}
