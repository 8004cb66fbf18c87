import type { Invocation } from '../../clients/cli/invocation.ts'

const ada = { plane: 'local', name: 'ada' }
const waiting = { wait: false, timeoutMs: 600_000 }

const imagined = { ...ada, owner: 'ada@acme.com', dryRun: true }

const IMAGINED_PLANE: Invocation = {
  verb: 'create',
  options: {
    json: false,
    ...waiting,
    fields: { name: 'acme', project: 'acme-prod', region: 'us-east4', dryRun: true },
  },
}

/** Command lines, and how each is understood. */
export const lines: [line: string, understood: Invocation][] = [
  [
    'create --name acme-agents --project acme-prod --region us-east4',
    {
      verb: 'create',
      options: { json: false, ...waiting, fields: { name: 'acme-agents', project: 'acme-prod', region: 'us-east4' } },
    },
  ],
  [
    'create --name acme --project acme-prod --region us-east4 --zone us-east4-a --allowed-domain acme.com --retention-days 3 --budget 900 --set orphans=report --wait --timeout 5m',
    {
      verb: 'create',
      options: {
        json: false,
        wait: true,
        timeoutMs: 300_000,
        fields: {
          name: 'acme',
          project: 'acme-prod',
          region: 'us-east4',
          zones: ['us-east4-a'],
          allowedDomains: ['acme.com'],
          retentionDays: 3,
          budgetUsdPerMonth: 900,
          orphans: 'report',
        },
      },
    },
  ],
  [
    'create --name acme-agents --project acme-prod --region us-east4 --backend process --json',
    {
      verb: 'create',
      options: {
        json: true,
        ...waiting,
        fields: { name: 'acme-agents', project: 'acme-prod', region: 'us-east4', backend: 'process' },
      },
    },
  ],
  [
    'add-agent --plane local --name ada --owner ada@acme.com --vm-type e2-medium',
    {
      verb: 'add-agent',
      options: { json: false, ...waiting, fields: { ...ada, owner: 'ada@acme.com', machineType: 'e2-medium' } },
    },
  ],
  [
    'add-agent --plane local --name ada --owner ada@acme.com --dry-run',
    {
      verb: 'add-agent',
      options: { json: false, ...waiting, fields: imagined },
    },
  ],
  [
    'add-agent --plane local --name ada --owner ada@acme.com --secret one two --secret three --wait --timeout 90s',
    {
      verb: 'add-agent',
      options: {
        json: false,
        wait: true,
        timeoutMs: 90_000,
        fields: { ...ada, owner: 'ada@acme.com', secrets: ['one', 'two', 'three'] },
      },
    },
  ],
  [
    'add-agent --plane local --name ada --owner ada@acme.com --model openrouter/meta/llama-4 --model-key llm-key',
    {
      verb: 'add-agent',
      options: {
        json: false,
        ...waiting,
        fields: {
          ...ada,
          owner: 'ada@acme.com',
          model: { provider: 'openrouter', name: 'meta/llama-4', apiKeySecret: 'llm-key' },
        },
      },
    },
  ],
  ['status', { verb: 'status', options: { json: false, watch: false, all: false } }],
  [
    'status --plane local --name ada --json --watch --all --state /tmp/state',
    { verb: 'status', options: { json: true, watch: true, all: true, ...ada, state: '/tmp/state' } },
  ],
  [
    'logs --plane local --name ada',
    { verb: 'logs', options: { json: false, ...ada, follow: false, sinceMs: 3_600_000 } },
  ],
  [
    'logs --plane local --name ada --follow --since 2d',
    { verb: 'logs', options: { json: false, ...ada, follow: true, sinceMs: 172_800_000 } },
  ],
  ['retry --plane local', { verb: 'retry', options: { json: false, plane: 'local', ...waiting } }],
  [
    'retry --plane local --name ada --wait --timeout 5m',
    { verb: 'retry', options: { json: false, ...ada, wait: true, timeoutMs: 300_000 } },
  ],
  [
    'remove-agent --plane local --name ada',
    { verb: 'remove-agent', options: { json: false, ...ada, ...waiting, purge: false, yes: false } },
  ],
  [
    'remove-agent --plane local --name ada --purge --yes --wait',
    { verb: 'remove-agent', options: { json: false, ...ada, ...waiting, wait: true, purge: true, yes: true } },
  ],
  [
    'secret set --plane local --name ada --secret openai-api-key',
    { verb: 'secret set', options: { json: false, ...ada, key: 'openai-api-key', timeoutMs: 30_000 } },
  ],
  [
    'secret set --plane local --name ada --secret openai-api-key --model openai/gpt-5 --timeout 2m',
    {
      verb: 'secret set',
      options: {
        json: false,
        ...ada,
        key: 'openai-api-key',
        model: { provider: 'openai', name: 'gpt-5' },
        timeoutMs: 120_000,
      },
    },
  ],
  ['open --plane local --name ada', { verb: 'open', options: { json: false, ...ada } }],
  ['show --plane local --name ada --json', { verb: 'show', options: { json: true, ...ada } }],
  ['create-plane --name acme --project acme-prod --region us-east4 --dry-run', IMAGINED_PLANE],
  [
    'update-plane --plane local --zone us-east4-a us-east4-b --retention-days 30 --unset budgetUsdPerMonth --wait',
    {
      verb: 'update-plane',
      options: {
        json: false,
        ...waiting,
        wait: true,
        fields: { plane: 'local', zones: ['us-east4-a', 'us-east4-b'], retentionDays: 30, budgetUsdPerMonth: null },
      },
    },
  ],
  [
    'remove-plane --plane local --yes',
    { verb: 'remove-plane', options: { json: false, ...waiting, plane: 'local', yes: true } },
  ],
  [
    'update-agent --plane local --name ada --label team=a --label cost=b --budget 20 --set egress={"mode":"open"} --no-wait',
    {
      verb: 'update-agent',
      options: {
        json: false,
        ...waiting,
        fields: { ...ada, egress: { mode: 'open' }, labels: { team: 'a', cost: 'b' }, budgetUsdPerMonth: 20 },
      },
    },
  ],
  [
    'stop --plane local --name ada --dry-run --context acme --debug',
    { verb: 'stop', options: { json: false, context: 'acme', debug: true, ...ada, ...waiting, dryRun: true } },
  ],
  [
    'start --plane local --name ada --idempotency-key nightly-7',
    { verb: 'start', options: { json: false, ...ada, ...waiting, idempotencyKey: 'nightly-7' } },
  ],
  ['start --plane local --name ada', { verb: 'start', options: { json: false, ...ada, ...waiting } }],
  [
    'restart --plane local --name ada --wait',
    { verb: 'restart', options: { json: false, ...ada, ...waiting, wait: true } },
  ],
  [
    'member add --plane local --email amy@acme.com --role admin',
    { verb: 'member add', options: { json: false, fields: { plane: 'local', email: 'amy@acme.com', role: 'admin' } } },
  ],
  [
    'member remove --plane local --email amy@acme.com',
    { verb: 'member remove', options: { json: false, yes: false, fields: { plane: 'local', email: 'amy@acme.com' } } },
  ],
  ['member list --plane local', { verb: 'member list', options: { json: false, plane: 'local' } }],
  ['cost --plane local', { verb: 'cost', options: { json: false, plane: 'local' } }],
  [
    'audit --plane local --name ada --limit 5',
    { verb: 'audit', options: { json: false, plane: 'local', agent: 'ada', limit: 5 } },
  ],
  ['doctor --plane local', { verb: 'doctor', options: { json: false, plane: 'local' } }],
  ['context use acme', { verb: 'context use', options: { json: false, name: 'acme' } }],
  ['context list --json', { verb: 'context list', options: { json: true } }],
  ['context remove acme', { verb: 'context remove', options: { json: false, name: 'acme' } }],
  [
    'context add acme --url https://a.com --token-file t',
    { verb: 'context add', options: { json: false, name: 'acme', url: 'https://a.com', tokenFile: 't' } },
  ],
]
