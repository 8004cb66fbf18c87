import { Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { furnish, planesProgram } from '../../clients/cli/program.ts'

const nothing = async (): Promise<void> => undefined

/** How a program ends on a command line, and what it wrote. */
async function ending(program: Command, words: readonly string[]) {
  const out: string[] = []
  const err: string[] = []
  const streams = { writeOut: (text: string) => out.push(text), writeErr: (text: string) => err.push(text) }
  const everywhere = (command: Command): void => {
    command.configureOutput(streams)
    command.commands.forEach(everywhere)
  }
  everywhere(program)
  const refusal: unknown = await program.parseAsync(words, { from: 'user' }).catch((error: unknown) => error)
  return { refusal, out: out.join(''), err: err.join('') }
}

/** The verbs alone, and under a host that says mistakes in words of its own. */
const SURFACES = {
  planes: { program: () => planesProgram(nothing), before: [] },
  'openclaw planes': {
    program: () => {
      const host = new Command('openclaw').exitOverride()
      furnish(host.command('planes'), nothing)
      return host
    },
    before: ['planes'],
  },
} as const

const EXAMPLE = 'Example: planes start --plane acme-agents --name alice\n'
const HELP = 'Add --help to see how it is used.'

const MISTAKES: readonly (readonly [line: string, message: string, suggestion: string])[] = [
  ['start --plane local', "required option '--name <agent>' not specified", EXAMPLE + HELP],
  ['start --plane local --name ada --nope', "unknown option '--nope'", EXAMPLE + HELP],
  ['start --plane local --name ada eve', "too many arguments for 'start'", EXAMPLE + HELP],
  ['start --plane local --name ada --timeout soon', 'Give a number and s, m, h or d', EXAMPLE + HELP],
  ['context use', "missing required argument 'name'", `Example: planes context use acme\n${HELP}`],
  ['create-plane --name acme', "required option '--project <project>' not specified", 'Example: planes create --name'],
  ['statsu', "unknown command 'statsu'", HELP],
  ['context us', "unknown command 'us'", HELP],
]

describe.each(Object.entries(SURFACES))('a mistake typed to %s', (_, { program, before }) => {
  test.each(MISTAKES)(
    '"%s" is told as JSON where that is wanted, and to a person',
    async (line, message, suggestion) => {
      for (const words of [[...line.split(' '), '--json'], insertedFirst(line)]) {
        const { refusal, out, err } = await ending(program(), [...before, ...words])
        expect(refusal).toMatchObject({ exitCode: 1 })
        const error = {
          code: 'Usage',
          message: expect.stringContaining(message) as string,
          suggestion: expect.stringContaining(suggestion) as string,
        }
        expect(JSON.parse(out)).toEqual({ version: 1, error })
        expect(err).toContain(message)
        expect(err).toContain(suggestion)
      }
    },
  )

  test.each(MISTAKES)('"%s" is told to a person alone, with what to do', async (line, message, suggestion) => {
    const { refusal, out, err } = await ending(program(), [...before, ...line.split(' ')])
    expect(refusal).toBeInstanceOf(CommanderError)
    expect({ refusal, out }).toMatchObject({ refusal: { exitCode: 1 }, out: '' })
    expect(err).toContain(message)
    expect(err).toContain(suggestion)
  })

  test('is no mistake when it asks for help', async () => {
    const { refusal, out } = await ending(program(), [...before, 'start', '--json', '--help'])
    expect(refusal).toMatchObject({ exitCode: 0 })
    expect(out).toMatch(/^Usage: /)
  })
})

/** The same words, with `--json` right behind the verb. */
function insertedFirst(line: string): string[] {
  const words = line.split(' ')
  const at = words.findIndex((word) => word.startsWith('-'))
  return at < 0 ? [...words, '--json'] : [...words.slice(0, at), '--json', ...words.slice(at)]
}
