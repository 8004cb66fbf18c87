import { createHash } from 'node:crypto'
import type { AdminRpc } from '../../shared/openclaw/admin-rpc.ts'
import { fillPlaceholders } from '../../shared/openclaw/placeholders.ts'
import type { MachineFacts } from '../../shared/openclaw/placeholders.ts'
import { setThinkingClock } from '../../shared/openclaw/thinking-clock.ts'
import type { ThinkingClock } from '../../shared/openclaw/thinking-clock.ts'
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

/** One content of the configuration file, by our hash and by OpenClaw's. */
type Content = { readonly hash: string; readonly openclawHash?: string | undefined }

/** @param path where OpenClaw reads its configuration */
export function configurator(path: string): Configurator {
  let wanted: MachineConfiguration | undefined
  let written: Content | undefined
  let settled: Content | undefined
  let applied = ''
  return {
    applied: () => applied,
    channels: () => channelsOf(wanted),
    write: async (next, facts) => {
      const content = `${JSON.stringify(fillPlaceholders(next.openclaw, facts), undefined, 2)}\n`
      const hash = createHash('sha256').update(content).digest('hex')
      if (hash !== written?.hash) await writeWhole(path, content)
      if (next.generation !== wanted?.generation) applied = ''
      // A channel that is removed can keep a gateway from ever ending cleanly; it is started again instead.
      const removed = channelsOf(wanted).some((kind) => !channelsOf(next).includes(kind))
      wanted = next
      written = { hash }
      return removed
    },
    settle: async (rpc) => {
      if (wanted === undefined || written === undefined) return
      if (applied === wanted.generation && settled?.hash === written.hash) return
      const { generation, thinkingClock } = wanted
      const taken = await takenOver(rpc, written, settled)
      if (taken === undefined) return
      settled = taken
      await setThinkingClock(rpc, thinkingClock as ThinkingClock | undefined)
      applied = generation
    },
  }
}

function channelsOf(configuration: MachineConfiguration | undefined): readonly string[] {
  const { channels } = Object(configuration?.openclaw) as { channels?: Readonly<Record<string, unknown>> }
  return Object.keys(channels ?? {})
}

/**
 * The content that the gateway runs, once that is the content in its file. Another content than the last must have
 * another hash there too: before the gateway notices the file, it still reports the old one, as applied.
 */
async function takenOver(rpc: AdminRpc, written: Content, last: Content | undefined): Promise<Content | undefined> {
  const seen = Object(await rpc('config.get')) as ConfigurationState
  if (seen.valid === false)
    throw new Error(`OpenClaw refuses its configuration: ${JSON.stringify(seen.issues).slice(0, 300)}`)
  if (seen.configRevisionHash === undefined || seen.configRevisionHash !== seen.appliedConfigHash) return undefined
  if (written.hash !== last?.hash && seen.hash === last?.openclawHash) return undefined
  return { hash: written.hash, openclawHash: seen.hash }
}

type ConfigurationState = {
  readonly valid?: boolean
  readonly issues?: unknown
  readonly hash?: string
  readonly configRevisionHash?: string
  readonly appliedConfigHash?: string
}
