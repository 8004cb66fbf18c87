import { isSupported } from '../../../shared/openclaw/version.ts'
import { parseConfiguration } from './configuration.ts'
import { Refused } from './refused.ts'

/** What a machine was told at boot about whose it is. */
export type Facts = {
  readonly project: string
  readonly planeUid: string
  readonly uid: string
  readonly heartbeatUrl: string
  readonly openclawVersion: string
}

type Rule = { readonly pattern: RegExp; readonly must: string }

const UID = { pattern: /^[a-z2-7]{10}$/, must: 'be 10 characters of a-z and 2-7' }

const RULES = {
  'ap-plane': UID,
  'ap-agent-uid': UID,
  'ap-heartbeat-url': {
    pattern: /^https:\/\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?(?:\/[\w.~/-]{0,256})?$/,
    must: 'be an https address without a query',
  },
  'ap-openclaw-version': { pattern: /^\d{4}\.\d{1,2}\.\d{1,3}$/, must: 'be a release such as 2026.9.6' },
  'ap-restart': { pattern: /^\d{1,7}$/, must: 'be a number' },
} as const satisfies Readonly<Record<string, Rule>>

const PROJECT = /^[a-z](?:[a-z0-9.:-]{0,61}[a-z0-9])?$/

/** Whose a machine is. */
export type Owner = Pick<Facts, 'project' | 'planeUid' | 'uid'>

type Attributes = Readonly<Record<string, unknown>>

function checked(attributes: Attributes, key: keyof typeof RULES): string {
  const { pattern, must } = RULES[key]
  const value = attributes[key]
  if (value === undefined) throw new Refused(`the metadata key ${key} is missing`)
  if (typeof value !== 'string' || !pattern.test(value)) throw new Refused(`the metadata key ${key} must ${must}`)
  return value
}

/**
 * Checks as much of the metadata of an instance as says whose it is.
 * @param attributes the instance's own metadata, by key
 * @throws Refused naming the key, never its value
 */
export function parseOwner(project: string, attributes: Attributes): Owner {
  if (!PROJECT.test(project)) throw new Refused('the project id is not one')
  return { project, planeUid: checked(attributes, 'ap-plane'), uid: checked(attributes, 'ap-agent-uid') }
}

/**
 * Checks the metadata of an instance before anything uses it.
 * @param attributes the instance's own metadata, by key
 * @throws Refused naming the key, never its value
 */
export function parseFacts(project: string, attributes: Attributes): Facts {
  const owner = parseOwner(project, attributes)
  checked(attributes, 'ap-restart')
  const configuration = attributes['ap-configuration']
  parseConfiguration(typeof configuration === 'string' ? configuration : '')
  const openclawVersion = checked(attributes, 'ap-openclaw-version')
  if (!isSupported(openclawVersion)) throw new Refused('the metadata key ap-openclaw-version names too old a release')
  return { ...owner, heartbeatUrl: checked(attributes, 'ap-heartbeat-url'), openclawVersion }
}
