import { writeWhole } from '../../../shared/process/files.ts'
import { backoffMs, pause } from '../backoff.ts'
import { messageOf } from '../message-of.ts'
import { reporter } from '../reporter.ts'
import type { Reporter } from '../reporter.ts'
import { parseConfiguration } from './configuration.ts'
import type { Facts } from './facts.ts'
import type { Journal } from './journal.ts'
import type { LAYOUT } from './layout.ts'
import type { MetadataServer } from './metadata-server.ts'
import { readObservation } from './observation.ts'
import type { Observed } from './observation.ts'

/** What the reporter works with. */
export type Beat = {
  readonly metadata: Pick<MetadataServer, 'identityToken' | 'configuration'>
  readonly facts: Pick<Facts, 'heartbeatUrl'>
  readonly paths: Pick<Record<keyof typeof LAYOUT, string>, 'configuration' | 'observation'>
  readonly heartbeatEveryMs: number
  readonly journal: Journal
  readonly signal: AbortSignal
}

const TICK_MS = 1_000

/** What is reported while there is no supervisor to say anything. */
const NOTHING_SEEN: Observed = { appliedGeneration: '', ready: false, failing: ['supervisor'] }

/**
 * Takes what the plane wants from the metadata server to the supervisor, whenever it changes. What is not a configuration
 * is refused: the one before it stays, and the generation that heartbeats name says so.
 */
export async function followConfiguration({ metadata, paths, journal, signal }: Beat): Promise<void> {
  let etag = '0'
  let failures = 0
  while (!signal.aborted) {
    try {
      const told = await metadata.configuration(etag, signal)
      if (told.etag !== etag) {
        etag = told.etag
        const { generation } = parseConfiguration(told.text)
        await writeWhole(paths.configuration, told.text, 0o644)
        journal.info(`configuration ${generation} is wanted`)
      }
      failures = 0
    } catch (error) {
      failures += 1
      if (failures === 1 && !signal.aborted) journal.warn(`configuration is not taken: ${messageOf(error)}`)
      await pause(backoffMs(failures, Math.random), signal)
    }
  }
}

/** Sends heartbeats: as often as they are due, and at once when a new generation is ready. */
export async function sendHeartbeats(beat: Beat): Promise<void> {
  const { metadata, facts, signal } = beat
  const endpoints = { metadataUrl: '', heartbeatUrl: facts.heartbeatUrl }
  const reports = reporter({ identityToken: metadata.identityToken, endpoints: async () => endpoints })
  const due = dueHeartbeat(beat, reports)
  while (!signal.aborted) {
    await due()
    await pause(TICK_MS, signal)
  }
}

function dueHeartbeat({ paths, heartbeatEveryMs, journal }: Beat, reports: Reporter): () => Promise<void> {
  let dueAtMs = 0
  let failures = 0
  return async () => {
    const nowMs = performance.now()
    const seen = (await readObservation(paths.observation, Date.now())) ?? NOTHING_SEEN
    const isNews = failures === 0 && seen.ready && seen.appliedGeneration !== '' && reports.owes(seen.appliedGeneration)
    if (nowMs < dueAtMs && !isNews) return
    try {
      await reports.send(seen)
      failures = 0
      dueAtMs = nowMs + heartbeatEveryMs
    } catch (error) {
      failures += 1
      if (failures === 1) journal.warn(`heartbeats are not delivered: ${messageOf(error)}`)
      dueAtMs = nowMs + backoffMs(failures, Math.random, heartbeatEveryMs)
    }
  }
}
