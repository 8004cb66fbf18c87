import type { FieldRow } from './table.ts'

const MODEL = { provider: 'openai', name: 'gpt-5.2', apiKeySecret: 'openai-key' }
const many = (count: number, of: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => of(i))

/** Every field of an agent's spec: what it may be, and what is said of what it may not be. */
export const AGENT_TABLE: readonly FieldRow[] = [
  {
    field: 'createdAt',
    accepted: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456Z'],
    refused: [
      [undefined, 'createdAt is missing'],
      ['yesterday', 'createdAt must be a timestamp'],
      [1767225600000, 'createdAt must be a timestamp'],
      ['2026-01-01T00:00:00+02:00', 'createdAt must be a timestamp'],
    ],
  },
  {
    field: 'owner',
    accepted: ['ada@acme.com', 'a.b+c@sub.acme.co.uk'],
    refused: [
      [undefined, 'owner is missing'],
      [7, 'owner must be string, not number'],
      [`${'x'.repeat(255)}@acme.com`, 'owner must have <=254 characters'],
      ['ada', 'owner must be an e-mail address'],
      ['group:all@acme.com', 'owner must be one person'],
    ],
  },
  {
    field: 'backend',
    accepted: [undefined, 'vm', 'kubernetes', 'process'],
    refused: [
      ['docker', 'backend must be one of "vm"|"kubernetes"|"process"'],
      [null, 'backend must be one of'],
    ],
  },
  {
    field: 'zone',
    accepted: [undefined, 'us-east4-a', 'europe-west12-c'],
    refused: [
      ['us-east4', 'zone must be a zone such as'],
      ['us-east4-A', 'zone must be a zone such as'],
      ['../us-east4-a', 'zone must be a zone such as'],
    ],
  },
  {
    field: 'machineType',
    accepted: [
      undefined,
      'e2-small',
      'e2-medium',
      'e2-standard-4',
      'n2d-highmem-8',
      'c3-highcpu-176',
      't2d-standard-1',
    ],
    refused: [
      ['e2-micro', 'machineType must be e2-small or larger'],
      ['f1-micro', 'machineType must be e2-small or larger'],
      ['e2-medium; rm', 'machineType must be e2-small or larger'],
      ['', 'machineType must be e2-small or larger'],
    ],
  },
  {
    field: 'desiredState',
    accepted: [undefined, 'running', 'stopped', 'removed'],
    refused: [
      ['paused', 'desiredState must be one of'],
      ['', 'desiredState must be one of'],
    ],
  },
  {
    field: 'purge',
    accepted: [undefined, true, false],
    refused: [
      ['true', 'purge must be boolean, not string'],
      [1, 'purge must be boolean, not number'],
    ],
  },
  {
    field: 'openclawVersion',
    accepted: [undefined, '2026.9.6', '2026.12.110'],
    refused: [
      ['latest', 'openclawVersion must be a release'],
      ['v2026.9.6', 'openclawVersion must be a release'],
      ['2026.9.6-beta.1', 'openclawVersion must be a release'],
    ],
  },
  {
    field: 'model',
    accepted: [undefined, MODEL, { ...MODEL, provider: 'openrouter', name: 'anthropic/claude-opus-4.6:beta' }],
    refused: [
      [{ ...MODEL, provider: 'ollama' }, 'model.provider must be one of'],
      [{ ...MODEL, name: 'gpt 5' }, 'model.name must be a model name'],
      [{ ...MODEL, apiKeySecret: undefined }, 'model.apiKeySecret is missing'],
      [
        { ...MODEL, apiKeySecret: ['sk', 'proj', 'a1b2c3d4e5f6g7h8'].join('-') },
        'model.apiKeySecret looks like a secret value',
      ],
      [{ ...MODEL, apiKey: 'x' }, 'model.apiKey is not a known field'],
      ['gpt-5', 'model must be object, not string'],
    ],
  },
  {
    field: 'channels',
    accepted: [undefined, [], [{ kind: 'telegram' }, { kind: 'slack', account: 'acme', allowFrom: ['U1'] }]],
    refused: [
      [[{ kind: 'irc' }], 'channels.0.kind must be one of'],
      [[{ kind: 'telegram' }, { kind: 'signal', token: 'x' }], 'channels.1.token is not a known field'],
      [[{ kind: 'telegram', allowFrom: many(51, String) }], 'channels.0.allowFrom must have <=50 items'],
      [[{ kind: 'telegram', allowFrom: ['x'.repeat(65)] }], 'channels.0.allowFrom.0 must have <=64 characters'],
      [many(9, () => 'telegram').map((kind) => ({ kind })), 'channels must have <=8 items'],
      [{ kind: 'telegram' }, 'channels must be array, not object'],
    ],
  },
  {
    field: 'secrets',
    accepted: [undefined, [], ['notes', 'a', 'openai-api-key'], many(50, (i) => `s${i}`)],
    refused: [
      [['Notes'], 'secrets.0 must be a name'],
      [['ok', ''], 'secrets.1 must be a name'],
      [many(51, (i) => `s${i}`), 'secrets must have <=50 items'],
      ['notes', 'secrets must be array, not string'],
    ],
  },
  {
    field: 'openclawHeartbeat',
    accepted: [undefined, { every: '30m' }, { every: '9999h' }],
    refused: [
      [{ every: '30s' }, 'openclawHeartbeat.every must be minutes or hours'],
      [{ every: '0m' }, 'openclawHeartbeat.every must be minutes or hours'],
      [{}, 'openclawHeartbeat.every is missing'],
      ['30m', 'openclawHeartbeat must be object, not string'],
    ],
  },
  {
    field: 'thinkingClock',
    accepted: [undefined, { every: '6h', prompt: 'What is due today?' }],
    refused: [
      [{ every: '6h' }, 'thinkingClock.prompt is missing'],
      [{ every: '6h', prompt: '' }, 'thinkingClock.prompt must have >=1 characters'],
      [{ every: '6h', prompt: 'x'.repeat(4001) }, 'thinkingClock.prompt must have <=4000 characters'],
    ],
  },
  {
    field: 'egress',
    accepted: [undefined, { mode: 'open' }, { mode: 'restricted', domains: ['api.openai.com'] }],
    refused: [
      [{ mode: 'closed' }, 'egress.mode must be one of'],
      [{ mode: 'restricted', domains: ['https://api.openai.com'] }, 'egress.domains.0 must be a domain'],
      [{ mode: 'restricted', domains: many(101, (i) => `d${i}.com`) }, 'egress.domains must have <=100 items'],
      [{ mode: 'open', ports: [] }, 'egress.ports is not a known field'],
    ],
  },
  {
    field: 'budgetUsdPerMonth',
    accepted: [undefined, 0.5, 1_000_000],
    refused: [
      [0, 'budgetUsdPerMonth must be >0'],
      [-1, 'budgetUsdPerMonth must be >0'],
      ['10', 'budgetUsdPerMonth must be number, not string'],
      [1_000_001, 'budgetUsdPerMonth must be <=1000000'],
    ],
  },
  {
    field: 'labels',
    accepted: [undefined, {}, { team: 'search', 'cost-center': '', a_b: '1-2_3' }],
    refused: [
      [{ Team: 'search' }, 'labels.Team must be a lower-case label key'],
      [{ team: 'Search' }, 'labels.team must be a lower-case label value'],
      [{ team: 'x'.repeat(64) }, 'labels.team must be a lower-case label value'],
      [{ 'ap-plane': 'x' }, 'labels must not use the prefixes ap- and goog'],
      [{ 'goog-owner': 'x' }, 'labels must not use the prefixes ap- and goog'],
      [Object.fromEntries(many(21, (i) => `k${i}`).map((key) => [key, 'v'])), 'labels must be at most 20 labels'],
      [['team'], 'labels must be record, not array'],
    ],
  },
  {
    field: 'restart',
    accepted: [undefined, 0, 7],
    refused: [
      [-1, 'restart must be >=0'],
      [1.5, 'restart must be int, not number'],
      ['1', 'restart must be number, not string'],
      [1_000_001, 'restart must be <=1000000'],
    ],
  },
  {
    field: 'retry',
    accepted: [undefined, 0, 7],
    refused: [
      [-1, 'retry must be >=0'],
      [Number.NaN, 'retry must be number, not NaN'],
    ],
  },
]
