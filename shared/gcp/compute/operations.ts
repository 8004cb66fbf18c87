import { createHash } from 'node:crypto'
import { ProviderError } from '../../ports/errors.ts'
import { refuseAfter } from '../../ports/intent.ts'
import type { Intent } from '../../ports/intent.ts'
import { answered, operationFailed, unless } from '../errors.ts'
import { connected, once } from '../google.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'

/** Where an operation of Compute Engine runs: in a zone, in a region, or globally. */
export type Where = { readonly project: string; readonly zone?: string; readonly region?: string }

/** What is about to be changed. `what` is for a person, as `disk ap-… in us-east4-a`. */
export type Change = { readonly what: string; readonly where: Where }

/** What a compute client answers to a change: its operation, as it was when the change was accepted. */
type Accepted = readonly [{ readonly latestResponse: unknown }, ...unknown[]]

/** How changes are made. */
export type Operations = {
  /**
   * Makes one change in the name of an attempt, and waits on the server until it is done. One that still runs when the
   * attempt nears its end is simply returned from: whoever looks next sees how far it came.
   * @throws ProviderError, also when the change was accepted and failed later; LeaseExpired
   */
  run(intent: Intent, change: Change, call: (options: ReturnType<typeof once>) => Promise<Accepted>): Promise<void>
}

/** https://cloud.google.com/compute/docs/reference/rest/v1/operations */
type Operation = {
  readonly name?: string | null
  readonly status?: unknown
  readonly error?: {
    readonly errors?: readonly { readonly code?: string | null; readonly message?: string | null }[] | null
  } | null
}

/** The server itself answers after two minutes; a function waits less. */
const LONGEST_WAIT_MS = 60_000

/** What was found has to be written down before the attempt ends. */
const WRITE_DOWN_MS = 5_000

/** Changes of Compute Engine's resources, each followed by one wait on the server. */
export function operations(google: Google): Operations {
  const waitFor = waiters(google)
  return {
    run: async (intent, { what, where }, call) => {
      refuseAfter(intent, google.clock.nowMs())
      const [{ latestResponse }] = await answered(what, call(once()))
      const accepted = latestResponse as Operation
      const leftMs = Math.min(LONGEST_WAIT_MS, intent.untilMs - WRITE_DOWN_MS - google.clock.nowMs())
      // One that does not answer in time still runs, and one that is forgotten was done long ago.
      const wait = (): Promise<Operation | undefined> =>
        unless(['Unavailable', 'RateLimited', 'NotFound'], waitFor(where, accepted.name ?? '', leftMs))
      const ended = isDone(accepted) ? accepted : leftMs > 0 ? await wait() : undefined
      if (ended !== undefined) requireSuccess(what, ended)
    },
  }
}

type Wait = (where: Where, operation: string, withinMs: number) => Promise<Operation>

function waiters(google: Google): Wait {
  const zones = lazily(async () => {
    const { ZoneOperationsClient } = await import('@google-cloud/compute/build/src/v1/zone_operations_client.js')
    return connected(ZoneOperationsClient, google)
  })
  const regions = lazily(async () => {
    const { RegionOperationsClient } = await import('@google-cloud/compute/build/src/v1/region_operations_client.js')
    return connected(RegionOperationsClient, google)
  })
  const whole = lazily(async () => {
    const { GlobalOperationsClient } = await import('@google-cloud/compute/build/src/v1/global_operations_client.js')
    return connected(GlobalOperationsClient, google)
  })
  return async ({ project, zone, region }, operation, withinMs) => {
    const sent = async (): Promise<readonly [Operation, ...unknown[]]> => {
      if (zone !== undefined) return (await zones()).wait({ project, zone, operation }, once(withinMs))
      if (region !== undefined) return (await regions()).wait({ project, region, operation }, once(withinMs))
      return (await whole()).wait({ project, operation }, once(withinMs))
    }
    const [found] = await answered(`operation ${operation}`, sent(), withinMs)
    return found
  }
}

const isDone = ({ status }: Operation): boolean => status === 'DONE'

function requireSuccess(what: string, { error }: Operation): void {
  const [first] = error?.errors ?? []
  if (first) throw operationFailed(what, first.code ?? 'UNKNOWN', first.message ?? 'the operation failed')
}

/**
 * A UUID that is always the same for the same change of one attempt, so that a request which is sent again on the way
 * repeats nothing. `change` is the verb, the resource, and what was read before, where the change depends on it.
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/insert (`requestId`)
 */
export function requestIdOf({ op }: Intent, ...change: readonly string[]): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([op, ...change]))
    .digest('hex')
  // Version 8 and the usual variant: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** How often a change is begun anew because somebody else changed the same thing meanwhile. */
const MOST_TRIES = 3

/** Reads, changes and writes again whenever what was read is stale. @throws ProviderError Conflict after the third time */
export async function rereading(change: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await change()
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'Conflict' || tried === MOST_TRIES) throw error
    }
  }
}
