import { inventory } from '../../infra/local/gcp/inventory.ts'
import type { Json } from '../../infra/local/gcp/json.ts'
import type { Options } from '../../infra/local/gcp/options.ts'
import { googleNetwork } from '../../shared/gcp/plane/network.ts'
import { compute, must, PROJECT, REGION } from './a-cloud.ts'
import { aStand, changes, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

/** What all parts of the plane's network are called. */
export const NAME = 'ap-planeuid22'

/** Where the simulation has them. */
export const PARTS = {
  network: `${compute(PROJECT)}/global/networks`,
  'firewall policy': `${compute(PROJECT)}/global/firewallPolicies`,
  subnetwork: `${compute(REGION)}/subnetworks`,
  router: `${compute(REGION)}/routers`,
  'snapshot schedule': `${compute(REGION)}/resourcePolicies`,
} as const

export type PlaneStand = Stand & {
  readonly network: ReturnType<typeof googleNetwork>
  /** What changed since the last time it was asked, without waiting: `POST networks`. */
  readonly changed: () => readonly string[]
  /** Names of the plane's parts that exist. */
  readonly left: () => readonly string[]
}

/** A simulated cloud that listens, and the plane's network in it: not made yet. */
export async function aPlaneStand(options: Partial<Options> = {}): Promise<PlaneStand> {
  const stand = await aStand(options)
  let seen = 0
  return {
    ...stand,
    network: googleNetwork(stand.google),
    changed: () => {
      const lines = changes(stand.requests.slice(seen)).filter((line) => !line.endsWith('/wait'))
      seen = stand.requests.length
      return lines.map((line) => line.replace(/^(\w+) .*\/(?:global|europe-west1)\//, '$1 '))
    },
    left: () =>
      (inventory(stand.cloud.world) as { readonly resources: readonly { readonly name: string }[] }).resources
        .map(({ name }) => name)
        .filter((name) => name.endsWith(`/${NAME}`)),
  }
}

/** As above, with the network made. */
export async function aMadeNetwork(options: Partial<Options> = {}): Promise<PlaneStand> {
  const stand = await aPlaneStand(options)
  await stand.network.createNetwork(INTENT, PLACE)
  stand.changed()
  return stand
}

/** Does something by hand, as the project's owner. */
export const byHand = ({ send }: Stand, line: string, body?: Json): Promise<unknown> => must(send, line, body)
