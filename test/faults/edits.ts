import type { Random } from '../fakes/random.ts'
import { agentPath } from '../../shared/documents/uid.ts'
import { AGENT, PLANE } from './stage.ts'
import type { Stage } from './stage.ts'

type Fields = Readonly<Record<string, unknown>>

/** What people do to one agent's spec. Each takes the fields that are there and gives the next ones. */
const EDITS: Readonly<Record<string, (fields: Fields, random: Random) => Fields>> = {
  resize: (fields, random) => ({ ...fields, machineType: random.pick(['e2-small', 'e2-medium', 'e2-standard-4']) }),
  secrets: (fields, random) => ({ ...fields, secrets: random.pick([[], ['notes'], ['notes', 'mail'], ['mail']]) }),
  channels: (fields, random) => ({
    ...fields,
    channels: random.pick([[], [{ kind: 'telegram' }], [{ kind: 'slack' }]]),
  }),
  egress: (fields, random) => ({
    ...fields,
    egress: random.pick([{ mode: 'open' }, { mode: 'restricted', domains: ['api.acme.com'] }]),
  }),
  labels: (fields, random) => ({ ...fields, labels: random.pick([{}, { team: 'red' }, { team: 'blue', cost: '7' }]) }),
  restart: (fields) => ({ ...fields, restart: Number(fields['restart'] ?? 0) + 1 }),
  stop: (fields) => ({ ...fields, desiredState: 'stopped' }),
  start: (fields) => ({ ...fields, desiredState: 'running' }),
  remove: (fields) => ({ ...fields, desiredState: 'removed' }),
  purge: (fields) => ({ ...fields, desiredState: 'removed', purge: true }),
  invalid: (fields) => ({ ...fields, machineType: 'f1-micro' }),
  owner: (fields) => ({ ...fields, owner: 'eve@acme.com' }),
}

const OFTEN = ['resize', 'secrets', 'channels', 'egress', 'labels', 'restart', 'stop', 'start']

/** Somebody changes something: an agent's spec, the plane's defaults, or, with admin rights, what rules forbid. */
export function edit(set: Stage, names: readonly string[], random: Random): void {
  const name = random.pick(names)
  const path = agentPath('acme', name)
  const spec = set.world.store.agents.get(path)
  const chance = random.next()
  if (spec === undefined) return void set.put(name, { ...AGENT, egress: { mode: 'open' } })
  if (chance < 0.03) return recreate(set, name)
  if (chance < 0.06) return planeDefaults(set, random)
  const kind = random.next() < 0.7 ? random.pick(OFTEN) : random.pick(Object.keys(EDITS))
  set.world.note(`edit ${name}: ${kind}`)
  const change = EDITS[kind]
  if (change !== undefined) set.put(name, change(withoutCreation(spec.raw), random))
}

/** Deletes the document and writes it again in one go: another agent of the same name. */
function recreate(set: Stage, name: string): void {
  set.world.note(`recreate ${name}`)
  set.world.store.agents.delete(agentPath('acme', name))
  set.world.nowMs += 1
  set.put(name, AGENT)
}

function planeDefaults(set: Stage, random: Random): void {
  set.world.note('edit the plane')
  set.putPlane({ ...PLANE, defaults: { machineType: random.pick(['e2-medium', 'e2-standard-2']) } })
}

/** Asks for what failed to be tried once more, and takes back what nobody could fulfil. */
export function mend(set: Stage): void {
  const plane = set.world.store.planes.get('acme')
  if (plane !== undefined) set.putPlane({ ...withoutCreation(plane.raw), retry: 1 })
  for (const [path, spec] of set.world.store.agents) {
    const raw = withoutCreation(spec.raw)
    set.put(path.split('/').at(-1) ?? '', { ...raw, retry: Number(raw['retry'] ?? 0) + 1 })
  }
}

function withoutCreation(raw: Fields): Fields {
  const { createdAt: _, ...fields } = raw
  return fields
}
