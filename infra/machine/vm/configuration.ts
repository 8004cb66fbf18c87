import type { MachineConfiguration } from '../../../shared/ports/backend.ts'
import { isObject, isText, jsonObject } from './parsed.ts'
import { Refused } from './refused.ts'

/** A metadata value holds 256 KB. https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations */
const MAX_LENGTH = 262_144
const GENERATION = /^[\w-]{1,64}$/
const EVERY = /^[1-9]\d{0,3}[mh]$/
const KEYS = new Set(['generation', 'openclaw', 'thinkingClock'])

/** What the plane tells a machine, out of its metadata. @throws Refused when it is anything else */
export function parseConfiguration(text: string): MachineConfiguration {
  const told = text.length <= MAX_LENGTH ? jsonObject(text) : undefined
  if (told === undefined) throw new Refused('ap-configuration is not a JSON object of at most 256 KB')
  const { generation, openclaw, thinkingClock } = told
  if (!Object.keys(told).every((key) => KEYS.has(key))) throw new Refused('ap-configuration has unknown fields')
  if (typeof generation !== 'string' || !GENERATION.test(generation))
    throw new Refused('ap-configuration has no generation of 1 to 64 letters and digits')
  if (!isObject(openclaw)) throw new Refused("ap-configuration has no settings of OpenClaw's")
  if (thinkingClock !== undefined && !isThinkingClock(thinkingClock))
    throw new Refused('ap-configuration has a thinking clock without an interval or a prompt')
  return { generation, openclaw, ...(thinkingClock !== undefined && { thinkingClock }) }
}

const isThinkingClock = (value: unknown): boolean =>
  isObject(value) && typeof value['every'] === 'string' && EVERY.test(value['every']) && isText(value['prompt'], 65_536)
