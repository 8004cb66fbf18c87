import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import type { Invocation } from '../../clients/cli/invocation.ts'
import { planesProgram } from '../../clients/cli/program.ts'

async function parse(line: string): Promise<Invocation | undefined> {
  let understood: Invocation | undefined
  const program = planesProgram(async (invocation) => {
    understood = invocation
  })
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  }
  await program.parseAsync(line.split(' '), { from: 'user' })
  return understood
}

const ada = { plane: 'local', name: 'ada' }
const waiting = { wait: false, timeoutMs: 600_000 }

const imagined = { ...ada, owner: 'ada@acme.com', dryRun: true }

const lines: [line: string, understood: Invocation][] = [
  [
    'create --name acme-agents --project acme-prod --region us-east4',
    {
      verb: 'create',
      options: { json: false, fields: { name: 'acme-agents', project: 'acme-prod', region: 'us-east4' } },
    },
  ],
  [
    'create --name acme-agents --project acme-prod --region us-east4 --backend process --json',
    {
      verb: 'create',
      options: {
        json: true,
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
    { verb: 'secret set', options: { json: false, ...ada, key: 'openai-api-key' } },
  ],
  [
    'secret set --plane local --name ada --secret openai-api-key --model openai/gpt-5',
    {
      verb: 'secret set',
      options: { json: false, ...ada, key: 'openai-api-key', model: { provider: 'openai', name: 'gpt-5' } },
    },
  ],
  ['open --plane local --name ada', { verb: 'open', options: { json: false, ...ada } }],
]

test.each(lines)('planes %s', async (line, understood) => {
  expect(await parse(line)).toEqual(understood)
})

const mistakes: [line: string, message: RegExp][] = [
  ['create --name acme --project acme-prod', /required option '--region <region>' not specified/],
  ['add-agent --plane local --name ada', /required option '--owner <email>' not specified/],
  ['add-agent --plane local --name ada --owner a@b.co --model gpt-5 --model-key k', /Give a provider and a model/],
  ['add-agent --plane local --name ada --owner a@b.co --model openai/gpt-5', /--model and --model-key belong together/],
  ['add-agent --plane local --name ada --owner a@b.co --model-key k', /--model and --model-key belong together/],
  ['add-agent --plane local --name ada --owner a@b.co --wait --timeout soon', /Give a number and s, m, h or d/],
  ['logs --plane local --name ada --since 0m', /Give a number and s, m, h or d/],
  ['retry --name ada', /required option '--plane <plane>' not specified/],
  ['status --name ada', /--name wants --plane too/],
  ['secret set --plane local --name ada --secret key the-value', /too many arguments/],
  ['secret set --plane local --name ada --secret key --value v', /unknown option '--value'/],
  ['statsu', /unknown command 'statsu'/],
  ['status --plan local', /unknown option '--plan'[^]*Did you mean --plane/],
]

test.each(mistakes)('planes %s is refused before anything is done', async (line, message) => {
  const refusal = await parse(line).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(CommanderError)
  expect(refusal).toMatchObject({ exitCode: 1, message: expect.stringMatching(message) as string })
})
