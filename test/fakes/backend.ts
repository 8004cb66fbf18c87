import type { PlanePlace, Place } from '../../shared/documents/names.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { refuseAfter } from '../../shared/ports/intent.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import type { Call } from './call.ts'
import type { FakeCloud } from './cloud.ts'
import { access, identity, secrets } from './cloud-accounts.ts'
import { disks, machines } from './cloud-machines.ts'
import { egress, inventory, plane } from './cloud-plane.ts'
import type { Worker } from './world.ts'

/** One worker's way to the memory cloud: each call is an effect, each change is fenced by its lease. */
export function cloudBackend(cloud: FakeCloud, worker: Worker, clock: Clock): Backend {
  const { host } = cloud
  const read = <T>(method: string, run: () => T): Promise<T> =>
    host.effect(worker, method, () => {
      cloud.failIfBroken(method)
      return run()
    })
  const change = <T>(method: string, intent: Intent, place: Place | PlanePlace, run: () => T): Promise<T> =>
    host.effect(worker, method, () => {
      // At the time of the effect: a request that left late must not land.
      refuseAfter(intent, clock.nowMs())
      cloud.failIfBroken(method)
      const uid = 'uid' in place ? place.uid : place.planeUid
      host.touched.add(uid)
      for (const listener of cloud.onMutation) listener(method, uid)
      return run()
    })
  const call: Call = { cloud, read, change }
  return {
    identity: identity(call),
    secrets: secrets(call),
    egress: egress(call),
    disks: disks(call),
    machines: machines(call),
    access: access(call),
    plane: plane(call),
    inventory: inventory(call),
  }
}
