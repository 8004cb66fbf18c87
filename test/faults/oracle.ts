import type { AgentSpec } from '../../shared/documents/agent.ts'
import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { PlaneSpec } from '../../shared/documents/plane.ts'
import type { AgentStatus } from '../../shared/documents/status.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { inZone } from '../fakes/things.ts'
import type { World } from '../fakes/world.ts'

/** What a world must look like for one spec, worked out without the product's steps. The first difference, as a sentence. */
export function differs(
  world: World,
  status: AgentStatus,
  spec: AgentSpec,
  plane: PlaneSpec | undefined,
): string | undefined {
  if (status.pinned === undefined) return 'nothing is pinned'
  const { pinned, uid } = status
  const place = { project: pinned.project, region: pinned.region, zone: pinned.zone, planeUid: status.planeUid, uid }
  const { cloud } = world
  const account = cloud.accounts.get(names.account(place))
  if (account === undefined || account.disabled) return 'the account is missing or disabled'
  const disk = cloud.disks.get(inZone(place, names.disk(place)))
  if (disk === undefined) return 'the disk is missing'
  return (
    secretsDiffer(world, uid, spec, pinned.owner) ??
    egressDiffers(world, place, spec, plane) ??
    machineDiffers(world, { place, spec, plane, accountId: account.id, diskId: disk.id, owner: pinned.owner })
  )
}

function secretsDiffer(world: World, uid: string, spec: AgentSpec, owner: string): string | undefined {
  const stored = [...world.cloud.secrets.values()].filter((secret) => secret.uid === uid)
  const wanted = new Set([...spec.secrets, ...(spec.model ? [spec.model.apiKeySecret] : [])])
  for (const { kind } of spec.channels) {
    if (kind === 'telegram') wanted.add('telegram-bot-token')
    if (kind === 'slack') wanted.add('slack-bot-token').add('slack-app-token')
  }
  if (stored.length !== wanted.size) return `${stored.length} secrets instead of ${wanted.size}`
  const wrong = stored.find(({ key, writer, reader }) => !wanted.has(key) || writer !== owner || reader === '')
  return wrong && `secret ${wrong.key} is wrong`
}

function egressDiffers(
  world: World,
  place: Parameters<typeof names.account>[0],
  spec: AgentSpec,
  plane: PlaneSpec | undefined,
): string | undefined {
  const wanted = spec.egress ?? plane?.defaults.egress ?? { mode: 'open', domains: [] }
  const rule = world.cloud.egress.get(names.egressRule(place))
  if (wanted.mode === 'open') return rule && 'an egress rule is left'
  return rule?.domains.join() === wanted.domains.join() ? undefined : 'the egress rule is wrong'
}

type Wanted = {
  readonly place: Place
  readonly spec: AgentSpec
  readonly plane: PlaneSpec | undefined
  readonly accountId: string
  readonly diskId: string
  readonly owner: string
}

function machineDiffers(world: World, { place, spec, plane, accountId, diskId, owner }: Wanted): string | undefined {
  const machine = world.cloud.machines.get(inZone(place, names.machine(place)))
  if (spec.desiredState === 'stopped')
    return machine !== undefined && machine.state !== 'stopped' ? 'the machine runs' : undefined
  if (machine?.state !== 'running') return `the machine is ${machine?.state ?? 'missing'}`
  const { shape, restart } = machine.wanted
  const type = spec.machineType ?? plane?.defaults.machineType ?? 'e2-medium'
  if (shape.machineType !== type) return `the machine is a ${shape.machineType}, not a ${type}`
  if (shape.accountId !== accountId || shape.diskId !== diskId) return 'the machine has another account or disk'
  if (restart !== spec.restart) return 'the machine was not restarted'
  if (machine.applied !== machineConfiguration(spec).generation) return 'the machine runs another configuration'
  const labels = machine.wanted.labels
  if (Object.entries(spec.labels).some(([key, value]) => labels[key] !== value)) return 'the machine has other labels'
  if (Object.keys(labels).some((key) => !key.startsWith('ap-') && !(key in spec.labels)))
    return 'the machine has labels left'
  const access = world.cloud.access.get(names.machine(place))
  return access?.owner === owner && access.machineId === machine.id
    ? undefined
    : 'access is not exactly the owner on this machine'
}
