import { names } from '../../shared/documents/names.ts'
import type { PlanePlace, Place } from '../../shared/documents/names.ts'
import type { Backend, Machine } from '../../shared/ports/backend.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import { refuseAfter } from '../../shared/ports/intent.ts'
import type { Intent } from '../../shared/ports/intent.ts'
import type { FakeCloud, FakeMachine } from './cloud.ts'
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

type Call = {
  readonly cloud: FakeCloud
  readonly read: <T>(method: string, run: () => T) => Promise<T>
  readonly change: <T>(method: string, intent: Intent, place: Place | PlanePlace, run: () => T) => Promise<T>
}

const identity = ({ cloud, read, change }: Call): Backend['identity'] => {
  const view = (place: Place) => {
    const found = cloud.accounts.get(names.account(place))
    return (
      found && {
        uniqueId: found.id,
        email: `${names.account(place)}@acme`,
        disabled: found.disabled,
        ours: found.ours,
        attachable: true,
      }
    )
  }
  return {
    find: (place) => read('identity.find', () => view(place)),
    create: (intent, place) =>
      change('identity.create', intent, place, () => {
        const made = {
          id: cloud.id('account'),
          uid: place.uid,
          place,
          disabled: false,
          madeMs: cloud.host.nowMs,
          ours: true,
        }
        if (!cloud.accounts.has(names.account(place))) cloud.accounts.set(names.account(place), made)
        const found = view(place)
        if (found === undefined) throw new Error('unreachable')
        return found
      }),
    makeAttachable: async () => undefined,
    setDisabled: (intent, place, disabled) =>
      change('identity.setDisabled', intent, place, () => {
        const found = cloud.accounts.get(names.account(place))
        if (found === undefined) throw new ProviderError('NotFound', 'no such account')
        found.disabled = disabled
      }),
    delete: (intent, place) =>
      change('identity.delete', intent, place, () => void cloud.accounts.delete(names.account(place))),
  }
}

const secrets = ({ cloud, read, change }: Call): Backend['secrets'] => ({
  list: (place) =>
    read('secrets.list', () =>
      [...cloud.secrets.values()]
        .filter(({ uid }) => uid === place.uid)
        .map(({ key, reader, writer, hasValue, ours }) => ({
          key,
          ours,
          hasValue,
          readers: reader ? [reader] : [],
          writers: writer ? [writer] : [],
        })),
    ),
  create: (intent, place, key) =>
    change('secrets.create', intent, place, () => {
      const name = names.secret(place, key)
      if (!cloud.secrets.has(name))
        cloud.secrets.set(name, {
          uid: place.uid,
          key,
          madeMs: cloud.host.nowMs,
          reader: '',
          writer: '',
          hasValue: false,
          ours: true,
        })
    }),
  bind: (intent, place, key, who) =>
    change('secrets.bind', intent, place, () => {
      const found = cloud.secrets.get(names.secret(place, key))
      if (found === undefined) throw new ProviderError('NotFound', 'no such secret')
      Object.assign(found, who)
    }),
  delete: (intent, place, key) =>
    change('secrets.delete', intent, place, () => void cloud.secrets.delete(names.secret(place, key))),
})

const egress = ({ cloud, read, change }: Call): Backend['egress'] => ({
  enforcement: 'network',
  find: (place) =>
    read('egress.find', () => {
      const found = cloud.egress.get(names.egressRule(place))
      return found && { mode: found.mode, domains: found.domains, ours: true }
    }),
  set: (intent, place, policy) =>
    change(
      'egress.set',
      intent,
      place,
      () => void cloud.egress.set(names.egressRule(place), { ...policy, uid: place.uid, madeMs: cloud.host.nowMs }),
    ),
  delete: (intent, place) =>
    change('egress.delete', intent, place, () => void cloud.egress.delete(names.egressRule(place))),
})

const disks = ({ cloud, read, change }: Call): Backend['disks'] => {
  const view = (place: Place) => {
    const found = cloud.disks.get(names.disk(place))
    return (
      found && {
        id: found.id,
        zone: found.zone,
        ours: found.ours,
        attached: cloud.machines.has(names.machine(place)),
        used: false,
        labels: {},
      }
    )
  }
  return {
    find: (place) => read('disks.find', () => view(place)),
    create: (intent, place) =>
      change('disks.create', intent, place, () => {
        const made = { id: cloud.id('disk'), uid: place.uid, zone: place.zone, madeMs: cloud.host.nowMs, ours: true }
        if (!cloud.disks.has(names.disk(place))) cloud.disks.set(names.disk(place), made)
        const found = view(place)
        if (found === undefined) throw new Error('unreachable')
        return found
      }),
    label: async () => undefined,
    delete: (intent, place) => change('disks.delete', intent, place, () => void cloud.disks.delete(names.disk(place))),
  }
}

const machines = ({ cloud, read, change }: Call): Backend['machines'] => {
  const get = (place: Place, id: string): FakeMachine | undefined => {
    const found = cloud.machines.get(names.machine(place))
    return found?.id === id ? found : undefined
  }
  return {
    find: (place) =>
      read('machines.find', (): Machine | undefined => {
        const found = cloud.machines.get(names.machine(place))
        if (found === undefined) return undefined
        const { id, ours, state, detail, startedAtMs, wanted } = found
        return {
          id,
          ours,
          state,
          detail,
          startedAtMs,
          shape: wanted.shape,
          labels: wanted.labels,
          generation: wanted.configuration.generation,
          restart: wanted.restart,
        }
      }),
    insert: (intent, place, wanted) =>
      change('machines.insert', intent, place, () => {
        if (cloud.machines.has(names.machine(place))) return
        const machine: FakeMachine = {
          id: cloud.id('machine'),
          uid: place.uid,
          place,
          madeMs: cloud.host.nowMs,
          ours: true,
          wanted,
          applied: '',
          state: 'starting',
          startedAtMs: 0,
          beat: true,
        }
        cloud.machines.set(names.machine(place), machine)
        cloud.boot(machine)
      }),
    configure: (intent, place, id, configuration) =>
      change('machines.configure', intent, place, () => {
        const found = get(place, id)
        if (found === undefined) throw new ProviderError('NotFound', 'no such machine')
        found.wanted = { ...found.wanted, configuration }
        if (found.state !== 'running') return
        found.applied = configuration.generation
        cloud.first(found)
      }),
    label: (intent, place, id, labels) =>
      change('machines.label', intent, place, () => {
        const found = get(place, id)
        if (found === undefined) throw new ProviderError('NotFound', 'no such machine')
        found.wanted = { ...found.wanted, labels }
      }),
    start: (intent, place, id, restart) =>
      change('machines.start', intent, place, () => {
        const found = get(place, id)
        if (found?.state !== 'stopped') return
        found.wanted = { ...found.wanted, restart }
        cloud.boot(found)
      }),
    stop: (intent, place, id) =>
      change('machines.stop', intent, place, () => {
        const found = get(place, id)
        if (found !== undefined) found.state = 'stopped'
      }),
    delete: (intent, place, id) =>
      change('machines.delete', intent, place, () => {
        if (get(place, id) !== undefined) cloud.machines.delete(names.machine(place))
      }),
  }
}

const access = ({ cloud, read, change }: Call): Backend['access'] => ({
  find: (place, machineId) =>
    read('access.find', () => {
      const found = cloud.access.get(names.machine(place))
      return found !== undefined && (machineId === undefined || found.machineId === machineId) ? [found.owner] : []
    }),
  grant: (intent, place, machineId, owner) =>
    change(
      'access.grant',
      intent,
      place,
      () => void cloud.access.set(names.machine(place), { machineId, owner, uid: place.uid }),
    ),
  ownerLogin: async () => ({ status: 'True', reason: 'Test' }),
  revoke: (intent, place) =>
    change('access.revoke', intent, place, () => void cloud.access.delete(names.machine(place))),
})

const plane = ({ cloud, read, change }: Call): Backend['plane'] => ({
  missingServices: () => read('plane.missingServices', () => []),
  capacity: () => read('plane.capacity', () => ({ agentsThatFit: 100, limitedBy: 'nothing', fix: '', zones: [] })),
  separation: async () => ({ status: 'True', reason: 'Test' }),
  missingGrants: () => read('plane.missingGrants', () => []),
  findNetwork: (place) =>
    read('plane.findNetwork', () => {
      const id = cloud.networks.get(names.network(place))
      return id === undefined ? undefined : { id, ours: true, missing: [] }
    }),
  createNetwork: (intent, place) =>
    change(
      'plane.createNetwork',
      intent,
      place,
      () =>
        void cloud.networks.set(names.network(place), cloud.networks.get(names.network(place)) ?? cloud.id('network')),
    ),
  deleteNetwork: (intent, place) =>
    change('plane.deleteNetwork', intent, place, () => void cloud.networks.delete(names.network(place))),
})

const inventory = ({ cloud, read }: Call): Backend['inventory'] => ({
  async *list({ planeUid }) {
    yield await read('inventory.list', () => cloud.items(planeUid))
  },
})
