import { nearestVerb, verbNamed, verbs } from './verbs.ts'
import type { VerbName } from './verbs.ts'

type OneAgentVerb = 'show' | 'logs' | 'restart' | 'stop' | 'start' | 'retry' | 'open'

/** What a person typed after `/planes`. A `name` that is missing means their own agent; a `plane`, their team's. */
export type Intent = { readonly plane?: string } & (
  | { readonly verb: 'help' }
  | { readonly verb: 'link' }
  | { readonly verb: 'unlink' }
  | { readonly verb: 'secret' }
  | { readonly verb: 'whoami' }
  | { readonly verb: 'status' | 'cost'; readonly name?: string }
  | { readonly verb: Exclude<OneAgentVerb, 'logs'>; readonly name?: string }
  | { readonly verb: 'logs'; readonly name?: string; readonly lines: number }
  | { readonly verb: 'add'; readonly user: string; readonly name?: string; readonly machineType?: string }
  | { readonly verb: 'remove'; readonly name: string }
)

/** Why it could not be understood, and what would be, where that can be guessed. */
export type Misunderstood = { readonly verb: 'misunderstood'; readonly message: string; readonly example?: string }

const DEFAULT_LINES = 20
const MAX_LINES = 100

/** https://docs.slack.dev/interactivity/implementing-slash-commands: with escaping on, `<@U012ABCDEF|name>`. */
const MENTION = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/

type Words = {
  readonly verb: VerbName
  readonly rest: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Understands what was typed. Never repeats it: it may hold what should not have been typed. */
export function understand(text: string): Intent | Misunderstood {
  const [word = 'help', ...rest] = text.split(/\s+/).filter((part) => part !== '')
  const verb = verbNamed(word)
  if (verb === undefined) return unknownVerb(word)
  // What follows may be the very secret.
  if (verb === 'secret') return { verb }
  const words = split(verb, rest)
  if ('message' in words) return words
  return { ...intent(words), ...(words.options['plane'] !== undefined && { plane: words.options['plane'] }) }
}

function unknownVerb(word: string): Misunderstood {
  const near = nearestVerb(word)
  return near === undefined
    ? { verb: 'misunderstood', message: 'There is no such verb.' }
    : {
        verb: 'misunderstood',
        message: `There is no such verb. Did you mean \`${near}\`?`,
        example: verbs[near].example,
      }
}

const OPTIONS: { readonly [V in VerbName]?: readonly string[] } = { add: ['vm-type'], logs: ['lines'] }

/** Options are `--name value` or `--name=value`, anywhere behind the verb. */
function split(verb: VerbName, given: readonly string[]): Words | Misunderstood {
  const known = new Set(['plane', ...(OPTIONS[verb] ?? [])])
  const options: Record<string, string> = {}
  const rest: string[] = []
  for (let i = 0; i < given.length; i++) {
    const word = given[i] ?? ''
    // Slack's clients turn two dashes into a long one.
    const [, name, inline] = /^(?:--|—|–)([a-z-]+)(?:=(.*))?$/.exec(word) ?? []
    if (name === undefined) rest.push(word)
    else if (!known.has(name)) return wrong(verb, `\`${verb}\` has no option \`--${name}\`.`)
    else {
      const value = inline ?? given[++i]
      if (value === undefined || value === '') return wrong(verb, `\`--${name}\` wants a value.`)
      options[name] = value
    }
  }
  return { verb, rest, options }
}

function intent({ verb, rest, options }: Words): Intent | Misunderstood {
  if (verb === 'add') return add(rest, options['vm-type'])
  if (verb === 'help' || verb === 'whoami' || verb === 'link' || verb === 'unlink' || verb === 'secret') return { verb }
  const [name, ...more] = rest
  if (more.length > 0) return wrong(verb, `\`${verb}\` takes one agent at a time.`)
  if (name !== undefined && MENTION.test(name))
    return wrong(verb, `\`${verb}\` wants the name of an agent, not a person.`)
  if (verb === 'remove') return name === undefined ? wrong(verb, 'Which agent? Give its name.') : { verb, name }
  const named = name === undefined ? {} : { name }
  if (verb !== 'logs') return { verb, ...named }
  const lines = options['lines'] === undefined ? DEFAULT_LINES : Number(options['lines'])
  if (!Number.isInteger(lines) || lines < 1 || lines > MAX_LINES) {
    return wrong(verb, `\`--lines\` is a number from 1 to ${MAX_LINES}.`)
  }
  return { verb, ...named, lines }
}

function add(rest: readonly string[], machineType: string | undefined): Intent | Misunderstood {
  const users = rest.flatMap((word) => MENTION.exec(word)?.[1] ?? [])
  const names = rest.filter((word) => !MENTION.test(word))
  const [user] = users
  if (user === undefined) return wrong('add', 'Who is it for? Mention the person.')
  if (users.length > 1) return wrong('add', 'An agent has one owner: mention one person.')
  if (names.length > 1) return wrong('add', 'An agent has one name, without spaces.')
  return { verb: 'add', user, ...(names[0] !== undefined && { name: names[0] }), ...(machineType && { machineType }) }
}

const wrong = (verb: VerbName, message: string): Misunderstood => ({
  verb: 'misunderstood',
  message,
  example: verbs[verb].example,
})
