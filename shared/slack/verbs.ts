/** One verb of `/planes`. */
export type Verb = {
  readonly usage: string
  readonly summary: string
  readonly example: string
  readonly aliases?: readonly string[]
  /** Whether it changes nothing, so that it may be done anew when Slack sends it again. */
  readonly onlyReads?: true
}

/** Everything that `/planes` understands, in the order of its help. */
export const verbs = {
  status: {
    usage: 'status [NAME]',
    summary: 'agents and how they are',
    example: '/planes status',
    aliases: ['ls', 'list'],
    onlyReads: true,
  },
  show: { usage: 'show [NAME]', summary: 'an agent with every step', example: '/planes show ada', onlyReads: true },
  add: {
    usage: 'add @PERSON [NAME] [--vm-type TYPE]',
    summary: 'give a person an agent of their own',
    example: '/planes add @ada',
    aliases: ['add-agent'],
  },
  logs: {
    usage: 'logs [NAME] [--lines N]',
    summary: 'what its machine logged last',
    example: '/planes logs ada --lines 20',
    onlyReads: true,
  },
  restart: { usage: 'restart [NAME]', summary: 'start a running agent anew', example: '/planes restart ada' },
  stop: { usage: 'stop [NAME]', summary: 'stop an agent; what it has is kept', example: '/planes stop ada' },
  start: { usage: 'start [NAME]', summary: 'start a stopped agent', example: '/planes start ada' },
  retry: { usage: 'retry [NAME]', summary: 'do its failed steps once more', example: '/planes retry ada' },
  remove: {
    usage: 'remove NAME',
    summary: 'remove an agent for good; asks for its name',
    example: '/planes remove ada',
    aliases: ['rm', 'delete', 'destroy', 'remove-agent'],
  },
  cost: {
    usage: 'cost [NAME]',
    summary: 'what agents are estimated to cost, so far and in a month',
    example: '/planes cost',
    onlyReads: true,
  },
  open: { usage: 'open [NAME]', summary: 'how to open the Control UI of your agent', example: '/planes open' },
  whoami: { usage: 'whoami', summary: 'who you are here', example: '/planes whoami', aliases: ['me'], onlyReads: true },
  link: {
    usage: 'link',
    summary: 'link your Slack account to who you are here',
    example: '/planes link',
    onlyReads: true,
  },
  unlink: { usage: 'unlink', summary: 'forget that link', example: '/planes unlink' },
  secret: {
    usage: 'secret',
    summary: 'how to set a secret; never here',
    example: '/planes secret',
    aliases: ['secrets', 'secret-set'],
    onlyReads: true,
  },
  help: { usage: 'help', summary: 'this', example: '/planes help', aliases: ['?', '--help', '-h'], onlyReads: true },
} as const satisfies Readonly<Record<string, Verb>>

export type VerbName = keyof typeof verbs

const BY_WORD: ReadonlyMap<string, VerbName> = new Map(
  (Object.entries(verbs) as [VerbName, Verb][]).flatMap(([name, { aliases = [] }]) =>
    [name, ...aliases].map((word): [string, VerbName] => [word, name]),
  ),
)

/** Whether what was asked for changes nothing. */
export const onlyReads = (verb: VerbName | 'misunderstood'): boolean =>
  verb === 'misunderstood' || 'onlyReads' in verbs[verb]

/** The verb that a word names. */
export const verbNamed = (word: string): VerbName | undefined => BY_WORD.get(word.toLowerCase())

/** The verb that a mistyped word most likely meant; undefined when none is near. */
export function nearestVerb(word: string): VerbName | undefined {
  const [nearest] = (Object.keys(verbs) as VerbName[])
    .map((name) => ({ name, off: distance(word.toLowerCase(), name) }))
    .toSorted((a, b) => a.off - b.off)
  return nearest !== undefined && nearest.off <= Math.max(1, Math.floor(nearest.name.length / 3)) + 1
    ? nearest.name
    : undefined
}

/** How many letters have to be added, dropped, changed or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped))
    }
  }
  return at(a.length, b.length)
}
