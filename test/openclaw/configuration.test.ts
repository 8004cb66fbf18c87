import { expect, test } from 'vitest'
import { AgentSpec } from '../../shared/documents/agent.ts'
import { channelHealth } from '../../shared/openclaw/channel-health.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { PLACEHOLDERS, fillPlaceholders } from '../../shared/openclaw/placeholders.ts'
import { secretsOf } from '../../shared/documents/secrets.ts'
import { durationMs, thinkingClockJob } from '../../shared/openclaw/thinking-clock.ts'
import { isSupported } from '../../shared/openclaw/version.ts'

const aSpec = (over: object = {}) =>
  AgentSpec.parse({ createdAt: '2026-01-01T00:00:00Z', owner: 'ada@acme.com', ...over })

const told = (over: object = {}) => machineConfiguration(aSpec(over))
const openclaw = (over: object = {}) => told(over).openclaw as Record<string, never>

const ref = (id: string) => ({ source: 'exec', provider: 'agent', id })
const openai = { provider: 'openai', name: 'gpt-5', apiKeySecret: 'openai-api-key' }

test('a gateway listens on loopback, with a token that only its machine has', () => {
  expect(openclaw()['gateway']).toEqual({
    mode: 'local',
    bind: 'loopback',
    port: PLACEHOLDERS.port,
    auth: { mode: 'token', token: { source: 'file', provider: 'machine', id: 'value' } },
  })
})

test.each([
  ['nothing asked for', {}, { every: '0m' }],
  ['a heartbeat asked for', { openclawHeartbeat: { every: '45m' } }, { every: '45m' }],
])('paid turns with %s', (_, over, expected) => {
  expect(openclaw(over)['agents']).toMatchObject({
    defaults: { heartbeat: { ...expected, target: 'none', lightContext: true, isolatedSession: true } },
  })
})

test('without a model the demo model answers', () => {
  expect(openclaw()).toMatchObject({
    models: { providers: { demo: { baseUrl: PLACEHOLDERS.demoModelUrl, api: 'openai-completions' } } },
    agents: { defaults: { model: { primary: 'demo/demo-model' } } },
  })
})

test('a model of its own is named, with its key as a reference', () => {
  expect(openclaw({ model: openai })).toMatchObject({
    models: { providers: { openai: { apiKey: ref('openai-api-key') } } },
    agents: { defaults: { model: { primary: 'openai/gpt-5' } } },
  })
  expect(JSON.stringify(openclaw({ model: openai }))).not.toContain('demo')
})

test.each([
  [
    { kind: 'telegram', allowFrom: ['123'] },
    { telegram: { enabled: true, botToken: ref('telegram-bot-token'), dmPolicy: 'allowlist', allowFrom: ['123'] } },
  ],
  [
    { kind: 'slack', allowFrom: [] },
    {
      slack: {
        enabled: true,
        mode: 'socket',
        botToken: ref('slack-bot-token'),
        appToken: ref('slack-app-token'),
        dmPolicy: 'pairing',
      },
    },
  ],
  [
    { kind: 'whatsapp', allowFrom: ['+1555'] },
    { whatsapp: { enabled: true, dmPolicy: 'allowlist', allowFrom: ['+1555'] } },
  ],
  [{ kind: 'signal', account: '+1555' }, { signal: { enabled: true, account: '+1555', dmPolicy: 'pairing' } }],
])('channel %j', (channel, expected) => {
  expect(openclaw({ channels: [channel] })['channels']).toEqual(expected)
})

test('without channels nothing is said about them', () => {
  expect(openclaw()).not.toHaveProperty('channels')
})

test.each([
  ['a heartbeat', { openclawHeartbeat: { every: '45m' } }],
  ['a model', { model: openai }],
  ['a channel', { channels: [{ kind: 'telegram' }] }],
  ['a thinking clock', { thinkingClock: { every: '1h', prompt: 'think' } }],
])('the generation changes with %s', (_, over) => {
  expect(told(over).generation).not.toBe(told().generation)
})

test.each([
  ['another machine type', { machineType: 'e2-standard-2' }],
  ['another owner', { owner: 'bob@acme.com' }],
  ['more labels', { labels: { team: 'x' } }],
  ['a restart', { restart: 3 }],
])('the generation does not change with %s', (_, over) => {
  expect(told(over).generation).toBe(told().generation)
})

test('secrets are all that a configuration may refer to, each once', () => {
  const channels = [{ kind: 'telegram' }, { kind: 'slack' }]
  expect(secretsOf(aSpec({ secrets: ['zeta', 'openai-api-key'], model: openai, channels }))).toEqual([
    'openai-api-key',
    'slack-app-token',
    'slack-bot-token',
    'telegram-bot-token',
    'zeta',
  ])
})

const facts = {
  port: 19_320,
  tokenFile: '/t',
  resolver: '/r',
  secretsSource: '/s',
  secretsRevision: 'v1',
  workspace: '/w',
  logFile: '/l',
  demoModelUrl: 'http://127.0.0.1:1/demo',
}

test('a machine fills in all that it alone knows', () => {
  const filled = fillPlaceholders(openclaw(), facts)
  expect(JSON.stringify(filled)).not.toContain('{{')
  expect(filled).toMatchObject({ gateway: { port: 19_320 }, agents: { defaults: { workspace: '/w' } } })
})

test('only whole strings are filled in', () => {
  const text = { a: `x ${PLACEHOLDERS.port}`, b: [PLACEHOLDERS.port, null, 1, true] }
  expect(fillPlaceholders(text, facts)).toEqual({ a: text.a, b: [19_320, null, 1, true] })
})

test.each([
  ['30m', 1_800_000],
  ['2h', 7_200_000],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test('a thinking clock is an isolated job under a key of ours, and is sent to nobody', () => {
  expect(thinkingClockJob({ every: '30m', prompt: 'think' })).toMatchObject({
    declarationKey: 'agents-plane:thinking-clock',
    sessionTarget: 'isolated',
    schedule: { kind: 'every', everyMs: 1_800_000 },
    payload: { kind: 'agentTurn', message: 'think' },
    delivery: { mode: 'none' },
  })
})

test.each([
  [undefined, 'unconfigured'],
  [{ configured: false }, 'unconfigured'],
  [{ configured: true, lifecycle: 'blocked' }, 'unconfigured'],
  [{ configured: true, linked: false }, 'unpaired'],
  [{ configured: true, connected: false, running: true }, 'disconnected'],
  [{ configured: true, connected: true, running: true }, 'connected'],
])('an account %j is %s', (account, expected) => {
  const status = { channelAccounts: account === undefined ? {} : { telegram: [account] } }
  expect(channelHealth(['telegram'], status)).toEqual({ telegram: expected })
})

test.each([
  ['2026.9.6', true],
  ['2026.9.10', true],
  ['2026.10.1', true],
  ['2027.1.1', true],
  ['2026.9.5', false],
  ['2026.8.30', false],
  ['2025.12.31', false],
])('release %s is supported: %s', (version, expected) => {
  expect(isSupported(version)).toBe(expected)
})

test('a gateway inherits how to reach the world and nothing else', () => {
  const folders = { home: '/h', state: '/s', configuration: '/c', compileCache: '/cc', temporary: '/t' }
  const environment = gatewayEnvironment(folders, {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 'x',
    HOME: '/root',
    HTTPS_PROXY: 'p',
  })
  expect(environment).toMatchObject({ PATH: '/bin', HTTPS_PROXY: 'p', HOME: '/h', OPENCLAW_STATE_DIR: '/s' })
  expect(environment).not.toHaveProperty('AWS_SECRET_ACCESS_KEY')
})
