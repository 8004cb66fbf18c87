import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { commandTree } from '../../clients/cli/command-tree.ts'
import type { CommandNode } from '../../clients/cli/command-tree.ts'
import type { Invocation } from '../../clients/cli/invocation.ts'
import { planesProgram } from '../../clients/cli/program.ts'
import { lines } from './command-lines.ts'

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
  ['statsu', /unknown command 'statsu'[^]*Did you mean status/],
  ['member add --plane local --email a@b.co --role owner', /Allowed choices are admin, viewer/],
  ['update-agent --plane local --name ada --label team', /Give a key and a value/],
  ['update-agent --plane local --name ada --budget much', /Give a number/],
  ['completion tcsh', /Allowed choices are bash, zsh, fish/],
  ['context use', /missing required argument 'name'/],
  ['status --plan local', /unknown option '--plan'[^]*Did you mean --plane/],
]

test.each(mistakes)('planes %s is refused before anything is done', async (line, message) => {
  const refusal = await parse(line).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(CommanderError)
  expect(refusal).toMatchObject({ exitCode: 1, message: expect.stringMatching(message) as string })
})

const leaves = ({ commands }: CommandNode): readonly CommandNode[] =>
  commands.flatMap((command) => (command.commands.length > 0 ? leaves(command) : [command]))

test.each(leaves(commandTree(planesProgram(async () => undefined))).map((leaf) => [leaf.name, leaf] as const))(
  '%s takes what every verb takes',
  (_, { options }) => {
    expect(options.map(({ long }) => long)).toEqual(
      expect.arrayContaining(['--context', '--state', '--json', '--debug']),
    )
  },
)
