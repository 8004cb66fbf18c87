import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Firestore } from '@google-cloud/firestore'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Wiring } from '../../functions/register.ts'
import { slackClient } from '../../infra/local/slack/client.ts'
import type { SlackClient } from '../../infra/local/slack/client.ts'
import { PEOPLE, WORKSPACE } from '../../infra/local/slack/people.ts'
import { slackStandIn } from '../../infra/local/slack/stand-in.ts'
import { workspace } from '../../infra/local/slack/workspace.ts'
import { systemClock } from '../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../shared/gcp/firestore-slack.ts'
import { firestoreSpecs } from '../../shared/gcp/firestore-specs.ts'
import { randomIds } from '../../shared/gcp/ids.ts'
import { lazily } from '../../shared/gcp/lazily.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import type { LoopbackServer } from '../../shared/process/serve.ts'
import { httpNotifier } from '../../shared/slack-api/notifier.ts'
import { slackResponder } from '../../shared/slack-api/responder.ts'
import { slackWebApi } from '../../shared/slack-api/web-api.ts'
import { slackHandler } from '../../shared/slack/handle.ts'
import type { NotifyPorts } from '../../shared/slack/ports.ts'
import { desired } from '../../shared/steps/steps.ts'
import { planeFields } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { PATIENCE_MS, PATIENT } from '../fakes/patience.ts'
import { chainOfFile } from './chain-plane.ts'

const SECRET = 'signing-secret-of-nobody'
const TOKEN = 'xoxb-of-nobody'
const ADMIN = 'U0YOU'
// What answers Slack writes nothing once its time is over: here that does not pass. Slack's patience has tests of its own.
const beganMs = Date.now()
const patient: Clock = { nowMs: () => beganMs }
const office = workspace(PEOPLE, systemClock, PATIENCE_MS)
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const teams = new Map([[WORKSPACE.team, 'acme']])
const sleep = (ms: number) => setTimeout(ms)
const { log, lines } = recordingLog()
let standIn: LoopbackServer
let notifyUrl = ''
let client: SlackClient

/** Both functions as they are wired, with what is Slack's played by the stand-in. */
const besides = (firestore: Firestore, ports: Ports): Partial<Wiring> => {
  const records = firestoreSlack(firestore, systemClock)
  const specs = firestoreSpecs(firestore, systemClock, log)
  const slackNotify = lazily(async (): Promise<NotifyPorts> => {
    const api = await slackWebApi({ token: TOKEN, apiUrl: `${standIn.url}/api/` })
    return { records, teams, slack: async () => api, statuses: specs, clock: systemClock, sleep, hash }
  })
  const slack = lazily(async () => ({
    signingSecret: SECRET,
    clock: systemClock,
    log,
    handle: slackHandler({
      settings: { teams, app: WORKSPACE.app },
      records,
      notifier: httpNotifier({
        url: notifyUrl,
        authorization: async () => 'Bearer of-nobody',
        newId: () => randomIds.next(),
        timeoutMs: PATIENCE_MS,
      }),
      responder: slackResponder(standIn.url),
      commands: {
        specs,
        documents: ports.documents,
        authenticate: async () => ({ is: 'anonymous', message: '' }),
        access: { show: async () => undefined },
        vault: { takes: 'nothing', command: () => '' },
        logs: { read: async () => [] },
        prices: () => undefined,
        desired,
        backends: ['process'],
        clock: patient,
        ids: randomIds,
        log,
      },
      callerOf: (email) => ({ actor: email, owns: (owner) => owner === email }),
      after: () => new Promise(() => undefined),
      hash,
    }),
  }))
  return { slack, slackNotify }
}

const { plane: chain } = chainOfFile(undefined, besides)

async function listening(name: string): Promise<string> {
  const server = getTestServer(name)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  afterAll(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

beforeAll(async () => {
  standIn = await serveLoopback(slackStandIn(office, TOKEN), 0)
  afterAll(() => standIn.close())
  notifyUrl = await listening('slackNotify')
  const functionUrl = await listening('slack')
  client = slackClient({ workspace: office, signingSecret: SECRET, functionUrl, ownUrl: standIn.url })
  const { firestore, putPlane, untilPlane } = chain()
  const acme = await putPlane('acme', planeFields)
  await untilPlane(acme, ({ phase }) => phase === 'Ready')
  await firestore.doc('planes/acme/members/admin@example.com').set({ role: 'admin' })
  await firestoreSlack(firestore, systemClock).putLink({ team: WORKSPACE.team, user: ADMIN }, 'admin@example.com')
  await firestoreSlack(firestore, systemClock).putLink({ team: WORKSPACE.team, user: 'U0BOB' }, 'bob@example.com')
  await firestoreSlack(firestore, systemClock).putStanding(
    { team: WORKSPACE.team, user: 'U0BOB' },
    'member',
    Date.now(),
  )
})

const said = () => [...office.messages.values()].filter(({ channel }) => channel === `D${ADMIN}`)
const firstLines = () => said().map(({ text }) => text.split('\n')[0])
const audit = async () => {
  const { docs } = await chain().firestore.collection('planes/acme/audit').get()
  return docs.map((entry) => [entry.get('actor'), entry.get('surface'), entry.get('action'), entry.get('agent')])
}

describe('an agent that is asked for in Slack', () => {
  test('is made, while one message shows its steps; and is removed, once its name was typed', async () => {
    const answer = await client.command(ADMIN, 'add <@U0BOB|bob>')
    expect(answer).toMatchObject({ status: 200, body: { response_type: 'ephemeral' } })
    expect(JSON.stringify(answer.body)).toContain('I keep you posted in a direct message')
    await vi.waitFor(() => expect(firstLines()).toContain('<@U0YOU> acme/bob is Ready: /planes open bob'), PATIENT)
    const [progress] = said()
    expect(progress?.text.split('\n')).toEqual([
      'acme/bob is Ready, 8 of 8 steps done.',
      ...Array.from({ length: 8 }, () => expect.stringMatching(/: done$/)),
    ])
    const tasks = Array.from({ length: 8 }, () => expect.objectContaining({ status: 'complete' }))
    expect(progress?.blocks[0]).toMatchObject({ type: 'plan', tasks })
    for (const [i, at] of (progress?.atMs ?? []).slice(1).entries()) {
      expect(at - (progress?.atMs[i] ?? 0)).toBeGreaterThanOrEqual(2000)
    }

    const offered = (await client.command(ADMIN, 'remove bob')).body as {
      blocks: readonly { elements?: readonly { value?: string }[] }[]
    }
    const value =
      offered.blocks.flatMap(({ elements = [] }) => elements.flatMap((element) => element.value ?? []))[0] ?? ''
    expect(await client.click(ADMIN, { id: 'planes.remove', value })).toEqual({ status: 200, body: '' })
    const [open] = office.views.values()
    expect(open).toMatchObject({ user: ADMIN, view: { callback_id: 'planes.remove' } })
    expect(await audit()).toEqual([['admin@example.com', 'slack', 'add-agent', 'bob']])
    if (open !== undefined) await client.submit(open, 'bob')
    await vi.waitFor(() => expect(firstLines().at(-1)).toBe('<@U0YOU> acme/bob is Removed.'), PATIENT)
    expect(await audit()).toContainEqual(['admin@example.com', 'slack', 'remove-agent', 'bob'])
    expect((await audit()).filter(([, surface]) => surface === 'slack')).toHaveLength(2)
    expect([office.refusals, lines.filter((line) => line.startsWith('error'))]).toEqual([[], []])
  })

  test('by a guest is not, and the guest is told', async () => {
    expect(JSON.stringify((await client.command('U0GUEST', 'add <@U0BOB|bob> for-guest')).body)).toContain(
      'Guests of this workspace',
    )
    expect((await chain().firestore.doc('planes/acme/agents/for-guest').get()).exists).toBe(false)
  })
})
