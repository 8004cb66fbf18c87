import { describe, expect, test } from 'vitest'
import { wrongWithBlocks, wrongWithMessage, wrongWithView } from '../../infra/local/slack/block-rules.ts'
import type { AgentView } from '../../shared/api/views.ts'
import type { Phase } from '../../shared/documents/status.ts'
import { agentReply, costReply, fleetReply } from '../../shared/slack/agent-blocks.ts'
import { escaped } from '../../shared/slack/blocks.ts'
import { HELP } from '../../shared/slack/command.ts'
import { progressMessage } from '../../shared/slack/progress.ts'
import { ended, removalDialog } from '../../shared/slack/removal.ts'
import { said } from '../../shared/slack/reply.ts'
import { withSteps } from './stage.ts'

/** The same thing so many times. */
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

const LONG = 'x<&>`*_~'.repeat(1000)

const agent = (changes: Partial<AgentView> = {}): AgentView => ({
  plane: 'local',
  name: 'ada',
  uid: 'aaaaaaaaaa',
  phase: 'Ready',
  desiredState: 'running',
  steps: [],
  conditions: [],
  resources: [],
  createdAt: '2026-01-01T00:00:00Z',
  actions: [],
  ...changes,
})

const many = (count: number): AgentView[] =>
  Array.from({ length: count }, (_, i) => agent({ name: `agent-${i}`, phase: 'Failed' }))
const step = { name: 'machine', state: 'failed', attempt: 1, message: LONG } as const
const condition = { name: 'Isolation', status: 'False', reason: 'Open', message: LONG, since: '' } as const
const cost = { asOf: '2026-09', missing: LONG }

const BILLED = {
  asOf: '2026-09',
  usdPerMonth: 35.52,
  usdPerHourRunning: 0.0441,
  soFar: { usd: 4.87, since: '2026-01-01T00:00:00.000Z', assumption: 'as if its machine had run all the time' },
}

const phases: readonly Phase[] = [
  'Pending',
  'Provisioning',
  'Ready',
  'Degraded',
  'Stopped',
  'Removing',
  'Removed',
  'Purged',
  'Failed',
  'Unknown',
]

describe('what Slack is sent is within its limits', () => {
  test.each([
    ['help', HELP],
    ['a long sentence', said(LONG, LONG)],
    ['no agents', fleetReply('local', [])],
    ['an agent', fleetReply('local', [agent()])],
    ['a thousand agents that failed', fleetReply('local', many(1000))],
    ['agents in trouble', fleetReply(LONG, [agent({ owner: LONG.slice(0, 250), invalid: LONG, steps: [step] })])],
    [
      'an agent in full',
      agentReply(
        agent({
          owner: 'a@b.c',
          machineType: 'e2-medium',
          gatewayUrl: 'http://127.0.0.1/',
          cost,
          steps: times(8, step),
          conditions: times(30, condition),
        }),
      ),
    ],
    ['costs', costReply(many(300))],
    ['costs of whom somebody bills', costReply(many(300).map((agent) => ({ ...agent, cost: BILLED })))],
    ['costs of none', costReply([])],
  ])('%s', (_, { text, blocks }) => {
    expect(wrongWithMessage({ text, blocks })).toEqual([])
    expect(text.length).toBeLessThanOrEqual(4000)
  })

  test.each(phases)('progress in phase %s', (phase) => {
    for (const target of ['present', 'parked', 'absent'] as const) {
      for (const state of ['idle', 'doing', 'ready', 'waiting', 'failed', 'held', 'gone'] as const) {
        const steps = Object.fromEntries(
          Object.entries(withSteps(state)).map(([name, step]) => [name, { ...step, message: LONG }]),
        )
        expect(
          wrongWithMessage(progressMessage('p'.repeat(40), { name: 'n'.repeat(40), target, phase, steps })),
        ).toEqual([])
      }
    }
  })

  test('dialogs', () => {
    const offer = {
      for: 'removal',
      person: { team: 'T', user: 'U' },
      plane: 'p'.repeat(40),
      name: 'n'.repeat(40),
      uid: 'u',
    } as const
    expect(wrongWithView(removalDialog(offer, 'c'.repeat(64)))).toEqual([])
    const { view } = ended(LONG) as { view: unknown }
    expect(wrongWithView(view)).toEqual([])
  })
})

test('every step has a card with its state, in the order in which they are done', () => {
  const steps = {
    identity: { state: 'ready', attempt: 1 },
    disk: { state: 'doing', attempt: 1 },
    secrets: { state: 'failed', attempt: 1, reason: 'Denied' },
    machine: { state: 'idle', attempt: 0 },
  } as const
  const { blocks: [plan] = [] } = progressMessage('local', {
    name: 'ada',
    target: 'present',
    phase: 'Provisioning',
    steps,
  })
  const tasks = (plan as { tasks: readonly { task_id: string; status: string }[] }).tasks
  expect(tasks.map(({ task_id, status }) => `${task_id} ${status}`)).toEqual([
    'identity complete',
    'disk in_progress',
    'secrets error',
    'egress pending',
    'machine pending',
    'access pending',
    'channels pending',
    'runtime pending',
  ])
})

test('nothing that comes from outside mentions or links', () => {
  const { blocks } = fleetReply('local', [agent({ invalid: '<!channel> <https://evil.example|click>' })])
  expect(JSON.stringify(blocks)).not.toMatch(/<!channel>|<https/)
  expect(escaped('<@U1> & co')).toBe('&lt;@U1&gt; &amp; co')
})

const text = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) })
const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) })
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain(3), ...more })
const modal = (more: object = {}) => ({ type: 'modal', title: plain(24), blocks: [{ type: 'divider' }], ...more })
const input = { type: 'input', label: plain(1), element: { type: 'plain_text_input', action_id: 'a' } }

describe('the stand-in refuses what Slack refuses', () => {
  test.each([
    ['51 blocks', times(51, { type: 'divider' })],
    ['a section of 3001 characters', [{ type: 'section', text: text(3001) }]],
    ['an empty section', [{ type: 'section', text: text(0) }]],
    ['11 fields', [{ type: 'section', fields: times(11, text(1)) }]],
    ['a field of 2001 characters', [{ type: 'section', fields: [text(2001)] }]],
    ['a header of 151 characters', [{ type: 'header', text: plain(151) }]],
    ['a header of mrkdwn', [{ type: 'header', text: text(5) }]],
    ['11 elements of small print', [{ type: 'context', elements: times(11, text(1)) }]],
    ['26 buttons', [{ type: 'actions', elements: times(26, button()) }]],
    ['a button of 76 characters', [{ type: 'actions', elements: [button({ text: plain(76) })] }]],
    ['a button whose value has 2001', [{ type: 'actions', elements: [button({ value: 'x'.repeat(2001) })] }]],
    ['a button without a name', [{ type: 'actions', elements: [button({ action_id: '' })] }]],
    ['a style it does not know', [{ type: 'actions', elements: [button({ style: 'loud' })] }]],
    ['101 rows', [{ type: 'data_table', caption: 'c', rows: times(101, [{ type: 'raw_text', text: 'x' }]) }]],
    ['21 columns', [{ type: 'data_table', caption: 'c', rows: [times(21, { type: 'raw_text', text: 'x' })] }]],
    ['an empty cell', [{ type: 'data_table', caption: 'c', rows: [[{ type: 'raw_text', text: '' }]] }]],
    [
      'a state it does not know',
      [{ type: 'plan', title: 't', tasks: [{ type: 'task_card', task_id: 'a', title: 't', status: 'completed' }] }],
    ],
    [
      'a plan beside a card',
      [
        { type: 'plan', title: 't' },
        { type: 'task_card', task_id: 'a', title: 't', status: 'pending' },
      ],
    ],
    [
      'two blocks of one name',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
    ],
    ['a field it does not know', [{ type: 'divider', color: 'red' }]],
    ['a block it does not know', [{ type: 'marquee' }]],
  ])('%s', (_, blocks) => {
    expect(wrongWithBlocks(blocks)).not.toEqual([])
  })

  test.each([
    ['a title of 25 characters', modal({ title: plain(25) })],
    ['a button of 25 characters', modal({ submit: plain(25) })],
    ['3001 characters of its own', modal({ private_metadata: 'x'.repeat(3001) })],
    ['101 blocks', modal({ blocks: times(101, { type: 'divider' }) })],
    ['an input without a button', modal({ blocks: [input] })],
  ])('a dialog with %s', (_, view) => {
    expect(wrongWithView(view)).not.toEqual([])
  })

  test('and takes what Slack takes', () => {
    expect(wrongWithView(modal({ blocks: [input], submit: plain(3) }))).toEqual([])
    expect(
      wrongWithBlocks([
        { type: 'section', text: text(3000) },
        { type: 'actions', elements: [button({ style: 'danger' })] },
      ]),
    ).toEqual([])
    expect(wrongWithMessage({})).toEqual(['no_text'])
    expect(wrongWithMessage({ text: 'x'.repeat(40_001) })).toEqual(['msg_too_long'])
  })
})

test('costs are those so far and those of a month, for each and together', () => {
  const { text } = costReply([agent({ cost: BILLED }), agent({ name: 'bob', cost: BILLED }), agent({ name: 'eve' })])
  const [ada, , eve, total] = text.split('\n')
  expect(ada).toBe('ada: about $4.87 so far this month, about $35.52 a month, $0.0441 an hour of running')
  expect(eve).toBe('eve: nobody sends a bill')
  expect(total).toContain('Together about $9.74 so far this month, about $71.04 a month; without traffic and models.')
  expect(total).toContain('earlier stops are not on record')
  expect(agentReply(agent({ cost: BILLED })).text).toContain(
    'so far this month, as if its machine had run all the time;',
  )
})

test('costs of more agents than one paragraph takes are cut between two of them, and it says how many are left out', () => {
  const agents = Array.from({ length: 90 }, (_, n) => agent({ name: `r&d-${n}`, cost: BILLED }))
  const [first] = costReply(agents).blocks as readonly { readonly text: { readonly text: string } }[]
  const lines = (first?.text.text ?? '').split('\n')
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^r&amp;d-\d+: about .* an hour of running$/)
  expect(lines.at(-1)).toBe(`${90 - (lines.length - 1)} more: \`planes cost\` lists all.`)
  expect(wrongWithBlocks([first])).toEqual([])
})

test('what has no price is counted where costs are added up', () => {
  const unpriced = agent({ name: 'bob', cost: { missing: 'machine type x9', asOf: BILLED.asOf } })
  const { text } = costReply([agent({ cost: BILLED }), unpriced])
  expect(text).toContain('about $35.52 a month, and 1 without an estimate; without traffic and models.')
})
