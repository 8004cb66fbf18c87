import { createHash } from 'node:crypto'
import { fillPlaceholders } from '../../shared/openclaw/placeholders.ts'
import type { MachineFacts } from '../../shared/openclaw/placeholders.ts'
import { THINKING_CLOCK_KEY, thinkingClockJob } from '../../shared/openclaw/thinking-clock.ts'
import type { ThinkingClock } from '../../shared/openclaw/thinking-clock.ts'
import type { AdminRpc } from '../../shared/openclaw/admin-rpc.ts'
import type { MachineConfiguration } from '../../shared/ports/backend.ts'
import { writeWhole } from '../../shared/process/files.ts'

/** Makes a gateway run the configuration that was asked for, and knows which one it runs. */
export type Configurator = {
  /** The generation that the gateway runs in full; empty before the first. */
  applied(): string
  /** Kinds of channels that are configured. */
  channels(): readonly string[]
  /** Writes what is wanted to OpenClaw's configuration file. True when the gateway has to be started again for it. */
  write(wanted: MachineConfiguration, facts: MachineFacts): Promise<boolean>
  /** Finishes what was written once the gateway is ready: proves that it was taken over, and sets the thinking clock. */
  settle(rpc: AdminRpc): Promise<void>
}

/** @param path where OpenClaw reads its configuration */
export function configurator(path: string): Configurator {
  let written: { readonly wanted: MachineConfiguration; readonly hash: string } | undefined
  let applied = ''
  const channels = (): readonly string[] => channelsOf(written?.wanted)
  return {
    applied: () => applied,
    channels,
    write: async (wanted, facts) => {
      const content = `${JSON.stringify(fillPlaceholders(wanted.openclaw, facts), undefined, 2)}\n`
      const hash = createHash('sha256').update(content).digest('hex')
      // A removed channel can keep a gateway from ever ending cleanly; it is started again instead.
      const removed = channels().some((kind) => !channelsOf(wanted).includes(kind))
      if (hash !== written?.hash) await writeWhole(path, content)
      if (wanted.generation !== written?.wanted.generation) applied = ''
      written = { wanted, hash }
      return removed
    },
    settle: async (rpc) => {
      if (written === undefined || applied === written.wanted.generation) return
      const { wanted } = written
      if (!(await isTakenOver(rpc))) return
      await setThinkingClock(rpc, wanted.thinkingClock as ThinkingClock | undefined)
      applied = wanted.generation
    },
  }
}

function channelsOf(configuration: MachineConfiguration | undefined): readonly string[] {
  const { channels } = Object(configuration?.openclaw) as { channels?: Readonly<Record<string, unknown>> }
  return Object.keys(channels ?? {})
}

/** Whether the gateway runs what stands in its file. @throws when the file was refused */
async function isTakenOver(rpc: AdminRpc): Promise<boolean> {
  const { valid, issues, configRevisionHash, appliedConfigHash } = Object(await rpc('config.get')) as ConfigurationState
  if (valid === false) throw new Error(`OpenClaw refuses its configuration: ${JSON.stringify(issues).slice(0, 300)}`)
  return configRevisionHash !== undefined && configRevisionHash === appliedConfigHash
}

type ConfigurationState = {
  readonly valid?: boolean
  readonly issues?: unknown
  readonly configRevisionHash?: string
  readonly appliedConfigHash?: string
}

async function setThinkingClock(rpc: AdminRpc, clock: ThinkingClock | undefined): Promise<void> {
  if (clock !== undefined) {
    await rpc('cron.add', thinkingClockJob(clock))
    return
  }
  const { jobs = [] } = Object(await rpc('cron.list', { includeDisabled: true })) as { jobs?: readonly CronJob[] }
  for (const { id } of jobs.filter(({ declarationKey }) => declarationKey === THINKING_CLOCK_KEY))
    await rpc('cron.remove', { id })
}

type CronJob = { readonly id: string; readonly declarationKey?: string }
