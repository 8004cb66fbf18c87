import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { Backend, Disk, Machine } from '../../shared/ports/backend.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { Call } from './call.ts'
import { inZone } from './things.ts'
import type { FakeMachine } from './things.ts'

/** The data disks of the memory cloud: one of a name in each zone. */
export const disks = ({ cloud, read, change }: Call): Backend['disks'] => {
  const view = (place: Place): Disk | undefined => {
    const found = cloud.disks.get(inZone(place, names.disk(place)))
    return (
      found && {
        id: found.id,
        zone: found.zone,
        ours: found.ours,
        attached: cloud.machineOn(found.id) !== undefined,
        used: found.used,
        scheduled: found.unscheduled !== true,
        labels: found.labels,
      }
    )
  }
  return {
    find: (place) => read('disks.find', () => view(place)),
    create: (intent, place, labels) =>
      change('disks.create', intent, place, () => {
        const name = inZone(place, names.disk(place))
        if (!cloud.disks.has(name)) {
          cloud.refuseIfFull('disk', place.zone)
          const made = { id: cloud.id('disk'), uid: place.uid, zone: place.zone, madeMs: cloud.host.nowMs }
          cloud.disks.set(name, { ...made, ours: true, used: false, labels })
        }
        const found = view(place)
        if (found === undefined) throw new Error('unreachable')
        return found
      }),
    label: (intent, place, labels) =>
      change('disks.label', intent, place, () => {
        const found = cloud.disks.get(inZone(place, names.disk(place)))
        if (found === undefined) throw new ProviderError('NotFound', 'no such disk')
        found.labels = labels
      }),
    schedule: (intent, place) =>
      change('disks.schedule', intent, place, () => {
        const found = cloud.disks.get(inZone(place, names.disk(place)))
        if (found === undefined) throw new ProviderError('NotFound', 'no such disk')
        found.unscheduled = false
      }),
    delete: (intent, place) =>
      change('disks.delete', intent, place, () => {
        const name = inZone(place, names.disk(place))
        const found = cloud.disks.get(name)
        if (found !== undefined && cloud.machineOn(found.id) !== undefined)
          throw new ProviderError('Conflict', 'the disk is in use')
        cloud.disks.delete(name)
      }),
  }
}

/** Its machines. Each needs its disk in its own zone, an account it may be given, and room. */
export const machines = ({ cloud, read, change }: Call): Backend['machines'] => {
  const get = (place: Place, id: string): FakeMachine | undefined => {
    const found = cloud.machines.get(inZone(place, names.machine(place)))
    return found?.id === id ? found : undefined
  }
  return {
    find: (place) =>
      read('machines.find', (): Machine | undefined => {
        const found = cloud.machines.get(inZone(place, names.machine(place)))
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
          bootLabels: found.bootLabels ?? wanted.labels,
          generation: wanted.configuration.generation,
          restart: wanted.restart,
        }
      }),
    insert: (intent, place, wanted) =>
      change('machines.insert', intent, place, () => {
        const name = inZone(place, names.machine(place))
        if (cloud.machines.has(name)) return
        cloud.useFor(place, wanted.shape)
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
        cloud.machines.set(name, machine)
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
        delete found.bootLabels
      }),
    start: (intent, place, id, restart) =>
      change('machines.start', intent, place, () => {
        const found = get(place, id)
        if (found?.state !== 'stopped') return
        cloud.refuseIfFull('machine', place.zone)
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
        if (get(place, id) !== undefined) cloud.machines.delete(inZone(place, names.machine(place)))
      }),
  }
}
