import { join } from 'node:path'
import type { AdminRpc } from '../../../shared/openclaw/admin-rpc.ts'
import type { MachineFacts } from '../../../shared/openclaw/placeholders.ts'
import type { MachineConfiguration } from '../../../shared/ports/backend.ts'
import { exists, readText, writeWhole } from '../../../shared/process/files.ts'
import { pause } from '../backoff.ts'
import type { Configurator } from '../configurator.ts'
import { messageOf } from '../message-of.ts'
import type { Observation } from '../observe.ts'
import { parseConfiguration } from './configuration.ts'
import type { Journal } from './journal.ts'
import type { LAYOUT } from './layout.ts'
import { writeObservation } from './observation.ts'
import { secretsIn } from './secret-revisions.ts'
import type { SecretRevisions } from './secret-revisions.ts'

/** What the supervisor works with. The gateway is systemd's: the supervisor only asks for it to be started again. */
export type Supervisor = {
  readonly configurator: Configurator
  readonly rpc: AdminRpc
  readonly observe: (channels: readonly string[]) => Promise<Observation>
  readonly revisions: SecretRevisions
  readonly facts: Omit<MachineFacts, 'secretsRevision'>
  readonly paths: Pick<Record<keyof typeof LAYOUT, string>, 'configuration' | 'observation' | 'restart' | 'refused'>
  readonly journal: Journal
  readonly signal: AbortSignal
}

const TICK_MS = 1_000
/** A settled gateway is looked at this often; one that is not, at every tick. */
const LOOK_EVERY_MS = 10_000

/** Keeps the gateway's configuration the wanted one and writes down what is seen of it, until `signal`. */
export async function supervise(supervisor: Supervisor): Promise<void> {
  const { journal, signal } = supervisor
  const apply = applier(supervisor)
  const look = onlooker(supervisor)
  let complaint: string | undefined
  while (!signal.aborted) {
    try {
      const wanted = await apply()
      if (wanted !== undefined) await look(wanted)
      complaint = undefined
    } catch (error) {
      // Said once, not every second.
      if (messageOf(error) !== complaint) journal.warn(messageOf(error))
      complaint = messageOf(error)
    }
    await pause(TICK_MS, signal)
  }
}

/** Writes what is wanted, and has the gateway started, or started again, where that takes it. */
function applier({ configurator, revisions, facts, paths, journal }: Supervisor) {
  let generation: string | undefined
  return async (): Promise<MachineConfiguration | undefined> => {
    const text = await readText(paths.configuration)
    if (text === undefined) return undefined
    const wanted = parseConfiguration(text)
    const secretsRevision = await revisions(secretsIn(wanted.openclaw))
    const lostChannel = await configurator.write(wanted, { ...facts, secretsRevision })
    const isNew = generation !== wanted.generation
    generation = wanted.generation
    const reason = lostChannel ? 'a channel was removed' : await whyStart(paths, isNew)
    if (reason !== undefined) {
      journal.info(`the gateway is started: ${reason}`)
      await writeWhole(paths.restart, `${wanted.generation}\n`)
    }
    return wanted
  }
}

/** Why a gateway that runs no more, or not yet, is to be started now. systemd itself restarts one that merely ended. */
async function whyStart({ restart, refused }: Supervisor['paths'], isNew: boolean): Promise<string | undefined> {
  if (!(await exists(restart))) return 'this machine has just booted'
  return isNew && (await exists(refused)) ? 'it refused the configuration before this one' : undefined
}

/** Looks at the gateway, finishes what was written once it is ready, and writes down what was seen. */
function onlooker({ configurator, rpc, observe, paths }: Supervisor) {
  let lookAtMs = 0
  return async ({ generation }: MachineConfiguration): Promise<void> => {
    const isSettled = configurator.applied() === generation
    if (isSettled && performance.now() < lookAtMs) return
    const seen = await observe(configurator.channels())
    const failing = await failingOf(seen, paths)
    try {
      if (seen.ready) await configurator.settle(rpc)
    } finally {
      await writeObservation(paths.observation, { ...seen, failing, appliedGeneration: configurator.applied() })
    }
    lookAtMs = performance.now() + (seen.ready ? LOOK_EVERY_MS : TICK_MS)
  }
}

/** What fails; where no gateway answers at all, that, and whether it gave up. */
async function failingOf({ ready, failing }: Observation, { refused }: Supervisor['paths']): Promise<string[]> {
  if (ready || failing.length > 0) return [...failing]
  return [(await exists(refused)) ? 'gateway-refused-configuration' : 'gateway']
}

/** Where a gateway's things are on the data disk and beside it. */
export const gatewayFolders = ({ disk, cache }: Pick<Record<keyof typeof LAYOUT, string>, 'disk' | 'cache'>) => ({
  home: join(disk, 'home'),
  state: join(disk, 'openclaw'),
  configuration: join(disk, 'openclaw', 'openclaw.json'),
  compileCache: join(cache, 'compile-cache'),
  temporary: join(cache, 'temporary'),
})
