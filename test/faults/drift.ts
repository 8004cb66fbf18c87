import type { Random } from '../fakes/random.ts'
import type { Stage } from './stage.ts'

/** Somebody with too many rights changes the cloud behind our back. */
export function outsideChange({ world, invariants }: Stage, random: Random): void {
  const { cloud } = world
  const machines = [...cloud.machines.entries()]
  if (machines.length === 0) return
  const [name, machine] = random.pick(machines)
  invariants.outside.add(machine.uid)
  const kind = random.pick(['stop', 'delete', 'account', 'disable', 'secret'])
  world.note(`from outside: ${kind} of ${machine.uid}`)
  if (kind === 'stop') machine.state = 'stopped'
  if (kind === 'delete') cloud.machines.delete(name)
  if (kind === 'account') cloud.accounts.delete(name)
  const account = cloud.accounts.get(name)
  if (kind === 'disable' && account !== undefined) account.disabled = true
  if (kind === 'secret') for (const [key, { uid }] of cloud.secrets) if (uid === machine.uid) cloud.secrets.delete(key)
}
