import type { HeartbeatBody } from '../../../../shared/documents/heartbeat.ts'
import { names } from '../../../../shared/documents/names.ts'
import { asText } from '../json.ts'
import type { Cloud } from '../cloud.ts'
import type { Entry } from '../store.ts'
import { accountOfMachine, identityToken } from '../tokens/identity-token.ts'
import { textOf } from '../json.ts'
import { factsIn } from './facts.ts'
import type { Facts } from './facts.ts'
import { machineLog } from './machine-log.ts'
import { needsOf, observe } from './observation.ts'
import type { Need } from './observation.ts'

/** Delivers a heartbeat; the HTTP status. Rejects when nobody answers. */
export type PostHeartbeat = (url: string, token: string, body: HeartbeatBody) => Promise<number>

export type MachineSettings = {
  /** From RUNNING until its programs run. */
  readonly bootMs: number
  readonly heartbeatEveryMs: number
  readonly post: PostHeartbeat
}

/** One boot of one machine. */
export type SimulatedMachine = {
  /** Does what is due, with the instance as it is now. */
  readonly tick: (instance: Entry) => Promise<void>
}

const AGAIN_AFTER_MS = 5_000

/** A machine that has just been started: what runs on it, seen from outside. */
export function simulatedMachine(cloud: Cloud, settings: MachineSettings): SimulatedMachine {
  const { clock } = cloud.world
  const startedAtMs = clock.nowMs()
  const say = machineLog(cloud)
  let nextBeatAtMs = startedAtMs + settings.bootMs
  let delivered: string | undefined
  let told: string | undefined
  let read: { readonly metadata: unknown; readonly found: ReturnType<typeof factsIn> } | undefined

  // What is stored is replaced and never changed: the same metadata says the same.
  const factsNow = ({ name, body }: Entry): ReturnType<typeof factsIn> => {
    const { metadata } = body
    if (read === undefined || read.metadata !== metadata) read = { metadata, found: factsIn(projectOf(name), body) }
    return read.found
  }

  const owes = ({ configuration }: Facts): boolean => delivered !== configuration.generation

  const beat = async (instance: Entry, facts: Facts): Promise<void> => {
    const observation = observe(facts, await missing(cloud, instance, facts))
    const first = observation.ready && owes(facts)
    if (!first && clock.nowMs() < nextBeatAtMs) return
    nextBeatAtMs = clock.nowMs() + AGAIN_AFTER_MS
    const token = identityToken(instance, facts.heartbeatUrl, cloud.world)
    if (token === undefined) return say(instance, 'WARNING', 'no identity token: the account is disabled or gone')
    const { generation } = facts.configuration
    const body = { ...observation, appliedGeneration: generation, uptimeMs: clock.nowMs() - startedAtMs, first }
    const status = await settings.post(facts.heartbeatUrl, token, body).catch(() => 0)
    if (status < 200 || status > 299) return say(instance, 'WARNING', `heartbeat answered ${status}`)
    if (first) delivered = generation
    nextBeatAtMs = clock.nowMs() + settings.heartbeatEveryMs
    if (first) await say(instance, 'INFO', `gateway is ready at ${generation}`)
  }

  return {
    tick: async (instance) => {
      if (clock.nowMs() < startedAtMs + settings.bootMs) return
      const found = factsNow(instance)
      if ('facts' in found) {
        if (owes(found.facts) || clock.nowMs() >= nextBeatAtMs) await beat(instance, found.facts)
      } else if (told !== found.refused) {
        told = found.refused
        await say(instance, 'ERROR', found.refused)
      }
    },
  }
}

/** The secrets among those needed that the machine's own account is not given. */
async function missing(cloud: Cloud, instance: Entry, facts: Facts): Promise<readonly Need[]> {
  const account = accountOfMachine(instance, cloud.world)
  const caller = account === undefined ? undefined : textOf(account.body, 'email')
  const read = needsOf(facts).map(async (need) => {
    const isThere = caller !== undefined && (await canRead(cloud, caller, secretName(instance, facts, need)))
    return isThere ? [] : [need]
  })
  return (await Promise.all(read)).flat()
}

const projectOf = (name: string): string => name.split('/')[1] ?? ''

function secretName(instance: Entry, { planeUid, uid }: Facts, { key }: Need): string {
  const project = projectOf(instance.name)
  const place = { project, region: '', zone: '', planeUid, uid }
  return `projects/${project}/secrets/${names.secret(place, key)}`
}

/** Asks as the machine's account, with everything that may keep it from the value. */
async function canRead(cloud: Cloud, caller: string, secret: string): Promise<boolean> {
  const url = `/v1/${secret}/versions/latest:access`
  const answer = await cloud.answer({ httpMethod: 'GET', url, body: '', authorization: `Bearer sim:${caller}` })
  return answer !== 'connection lost' && answer.status === 200
}

/** What tells one boot from another. */
export const bootOf = ({ body }: Entry): string => `${asText(body['id'])} ${asText(body['lastStartTimestamp'])}`
