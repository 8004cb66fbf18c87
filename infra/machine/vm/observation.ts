import { constants, open } from 'node:fs/promises'
import type { ChannelStates, HeartbeatBody } from '../../../shared/documents/heartbeat.ts'
import { writeWhole } from '../../../shared/process/files.ts'
import { isObject, isText, isTexts, jsonObject } from './parsed.ts'

/** What the supervisor saw of the gateway, for the reporter to pass on. */
export type Observed = Omit<HeartbeatBody, 'first'>

/** Older than this, nothing is known: the supervisor writes several times as often. */
const FRESH_MS = 45_000
const MAX_BYTES = 4096
const CHANNEL_STATES = new Set(['connected', 'disconnected', 'unpaired', 'unconfigured'])

export const writeObservation = (path: string, observed: Observed): Promise<void> =>
  writeWhole(path, JSON.stringify(observed), 0o644)

/**
 * What the gateway's user wrote last; undefined when that is old or not an observation. That user runs whatever an agent
 * is talked into, so its file is not followed elsewhere, not waited for, and taken apart field by field.
 */
export async function readObservation(path: string, nowMs: number): Promise<Observed | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > MAX_BYTES || Math.abs(nowMs - found.mtimeMs) > FRESH_MS) return undefined
    return parseObservation(
      (await file.read({ buffer: Buffer.alloc(MAX_BYTES) })).buffer.toString('utf8', 0, found.size),
    )
  } finally {
    await file.close()
  }
}

/** Takes only what a heartbeat may hold, within its bounds; undefined for anything else. */
export function parseObservation(text: string): Observed | undefined {
  const { appliedGeneration, ready, failing, openclawVersion, uptimeMs, channels } = jsonObject(text) ?? {}
  if (!isText(appliedGeneration, 64) || typeof ready !== 'boolean' || !isTexts(failing, 20, 64)) return undefined
  return {
    appliedGeneration,
    ready,
    failing: [...failing],
    ...(isText(openclawVersion, 32) && { openclawVersion }),
    ...(typeof uptimeMs === 'number' && uptimeMs >= 0 && { uptimeMs }),
    ...(isChannelStates(channels) && { channels }),
  }
}

const isChannelStates = (value: unknown): value is ChannelStates =>
  isObject(value) &&
  Object.keys(value).length <= 16 &&
  Object.entries(value).every(([kind, state]) => kind.length <= 32 && CHANNEL_STATES.has(String(state)))
