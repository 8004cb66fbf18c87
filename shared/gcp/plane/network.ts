import type { PlanePlace } from '../../documents/names.ts'
import type { Network, PlaneResources } from '../../ports/plane-resources.ts'
import { refuseAfter } from '../../ports/intent.ts'
import type { Intent } from '../../ports/intent.ts'
import { operations } from '../compute/operations.ts'
import { unless } from '../errors.ts'
import type { Google } from '../google.ts'
import { lazily } from '../lazily.ts'
import { planeClients } from './clients.ts'
import { firewallPolicy } from './firewall-part.ts'
import { network } from './network-part.ts'
import { part } from './part.ts'
import type { FoundPart, Part } from './part.ts'
import { router } from './router-part.ts'
import { schedule } from './schedule-part.ts'
import { subnetwork } from './subnetwork-part.ts'

/** What is done has to be read back and written down before the attempt ends. */
const WRITE_DOWN_MS = 5_000

/** What all agents of a plane share in Google Cloud. */
export function googleNetwork(google: Google): Pick<PlaneResources, 'findNetwork' | 'createNetwork' | 'deleteNetwork'> {
  const tools = { clients: lazily(() => planeClients(google)), operations: operations(google) }
  const [vpc, policy, subnet] = [part(network, tools), part(firewallPolicy, tools), part(subnetwork, tools)]
  const [nat, snapshots] = [part(router, tools), part(schedule, tools)]
  // Each is made after what it needs, and taken down before it.
  const parts: readonly Part[] = [vpc, policy, subnet, nat, snapshots]
  const takenDown: readonly Part[] = [snapshots, policy, nat, subnet, vpc]
  const hasTime = ({ untilMs }: Intent): boolean => google.clock.nowMs() < untilMs - WRITE_DOWN_MS
  return {
    findNetwork: async (place) => summary(place, parts, await Promise.all(parts.map((each) => each.find(place)))),
    createNetwork: async (intent, place) => {
      refuseAfter(intent, google.clock.nowMs())
      for (const each of parts) {
        if (!hasTime(intent)) return
        const ours = await complete(each, intent, place)
        // Nothing is put into a network that is somebody else's.
        if (each === vpc && !ours) return
      }
    },
    deleteNetwork: async (intent, place) => {
      refuseAfter(intent, google.clock.nowMs())
      for (const each of takenDown) {
        const found = hasTime(intent) ? await each.find(place) : undefined
        if (found?.ours !== true) continue
        for (const change of found.removal) await unless(['NotFound'], each.run(intent, place, change))
      }
    },
  }
}

/** Makes a part, and makes it right. Whether it is ours in the end. */
async function complete(each: Part, intent: Intent, place: PlanePlace): Promise<boolean> {
  if ((await each.find(place)) === undefined)
    await unless(['AlreadyExists'], each.run(intent, place, each.insertion(place)))
  const found = await each.find(place)
  if (found?.ours !== true) return false
  for (const repair of found.repairs) await each.run(intent, place, repair)
  return true
}

function summary(
  place: PlanePlace,
  parts: readonly Part[],
  found: readonly (FoundPart | undefined)[],
): Network | undefined {
  const [anchor] = found
  if (anchor?.ours === false) return { id: anchor.id, ours: false, missing: [] }
  if (!found.some((one) => one?.ours === true)) return undefined
  const missing = parts.flatMap((each, index) => problemsOf(each.what(place), found[index]))
  return { id: anchor?.id ?? '', ours: true, missing }
}

function problemsOf(what: string, found: FoundPart | undefined): readonly string[] {
  if (found === undefined) return [what]
  if (!found.ours) return [`${what} (there is one that is not of this plane: remove or rename it)`]
  return found.repairs.flatMap(({ problems }) => problems.map((problem) => `${what}: ${problem}`))
}
