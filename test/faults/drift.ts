import { names } from '../../shared/documents/names.ts'
import type { Random } from '../fakes/random.ts'
import type { Stage } from './stage.ts'

/** Somebody with too many rights changes the cloud behind our back. */
export function outsideChange({ world, invariants }: Stage, random: Random): void {
  const { cloud } = world
  const machines = [...cloud.machines.entries()]
  if (machines.length === 0) return
  const [key, machine] = random.pick(machines)
  const name = names.account(machine.place)
  invariants.outside.add(machine.uid)
  const kind = random.pick(['stop', 'delete', 'account', 'disable', 'secret', 'label'])
  world.note(`from outside: ${kind} of ${machine.uid}`)
  if (kind === 'stop') machine.state = 'stopped'
  if (kind === 'delete') cloud.machines.delete(key)
  if (kind === 'account') cloud.accounts.delete(name)
  if (kind === 'label') machine.wanted = { ...machine.wanted, labels: { team: 'theirs' } }
  const account = cloud.accounts.get(name)
  if (kind === 'disable' && account !== undefined) account.disabled = true
  if (kind === 'secret') for (const [key, { uid }] of cloud.secrets) if (uid === machine.uid) cloud.secrets.delete(key)
}

/** A zone has no more room for machines or for disks, or has room again. */
export function roomChange({ world }: Stage, random: Random): void {
  const zone = random.pick(['us-east4-a', 'us-east4-b', 'us-east4-c'])
  const place = random.next() < 0.8 ? zone : `disk ${zone}`
  const { full } = world.cloud
  if (!full.delete(place)) full.add(place)
  world.note(`${place} has ${full.has(place) ? 'no room' : 'room'}`)
}
