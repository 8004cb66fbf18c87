import type { CommandNode, OptionNode } from './command-tree.ts'

const EVERYWHERE = new Set(['--context', '--state', '--json', '--debug'])

/** The page about a program, from its commands: what `README.md` beside it holds. */
export const readmeText = (tree: CommandNode): string =>
  [
    `# \`${tree.name}\``,
    tree.description,
    INTRODUCTION,
    '## Commands',
    index(tree),
    ...leaves(tree).map(section),
    '## Everywhere',
    ENDINGS,
    options(leaves(tree)[0]?.options.filter(({ long }) => EVERYWHERE.has(long)) ?? []),
  ].join('\n\n') + '\n'

const INTRODUCTION = `Run it with \`npx planes\` in this repository, or as \`openclaw planes\` where the plugin is installed. It finds the local
plane whose folder \`.agents-plane\` is here or above. Other installations are named once: \`planes context add\`.

To an installation with an OAuth client of its own, a client for desktops, you sign in with \`planes login\`: its admin hands
out the client's file, and \`planes context add --client-file\` names it. The browser comes back to this machine. What gets
new tokens is then kept in \`agents-plane/logins\` of your state folder (\`XDG_STATE_HOME\`, else \`~/.local/state\`), a file that
nobody else may read, until \`planes logout\`, the next \`planes login\`, or the end of the context: it then ends where it was
made, too.

What a command prints for you or a program goes to standard output; what it says meanwhile goes to standard error. With
\`--json\` the output is one JSON document with a \`version\`, which changes when a field changes its meaning or goes; a
command that fails prints \`{"version":1,"error":{"code","message","suggestion"}}\`. With \`--follow\` and \`--watch\` there are
many documents, each on a line of its own. Asking for what is so already is no error: it is up to date. \`NO_COLOR\` and
\`FORCE_COLOR\` are heeded.

On Google Cloud \`planes secret set\` has gcloud on your computer add the value, as whoever is signed in to it, and then sets
the model that it is for: the value passes neither through the plane nor through the arguments of a program. Where gcloud
is missing, or nobody is signed in to it, it says what you have to run, and ends with 1 or 4.

This page is made from the commands themselves, with \`npm run docs\`.`

const ENDINGS = `| exit code | means |
| --- | --- |
| 0 | done, or up to date |
| 1 | failed; the message says why and what to do |
| 2 | cancelled |
| 4 | sign-in needed |
| 8 | still going on when waiting was over |`

type Leaf = CommandNode & { readonly path: string }

/** Commands that do something, under their whole names. */
const leaves = (tree: CommandNode, path: readonly string[] = []): readonly Leaf[] =>
  tree.commands.flatMap((command) => {
    const words = [...path, command.name]
    return command.commands.length > 0 ? leaves(command, words) : [{ ...command, path: words.join(' ') }]
  })

const index = (tree: CommandNode): string =>
  [
    '| command | does |',
    '| --- | --- |',
    ...leaves(tree).map(({ path, description }) => `| [\`${path}\`](#${path.replaceAll(' ', '-')}) | ${description} |`),
  ].join('\n')

function section({ path, description, usage, aliases, options: all }: Leaf): string {
  const own = all.filter(({ long }) => !EVERYWHERE.has(long))
  const also = aliases.length > 0 ? ` Also called \`${aliases.join('`, `')}\`.` : ''
  const takes = usage.replaceAll('[options]', '').trim()
  const heading = `### ${path}\n\n\`planes ${[path, takes].filter(Boolean).join(' ')}\`: ${description}.${also}`
  return own.length === 0 ? heading : `${heading}\n\n${options(own)}`
}

const options = (all: readonly OptionNode[]): string =>
  ['| option | means |', '| --- | --- |', ...all.map((option) => `| \`${option.flags}\` | ${meaning(option)} |`)].join(
    '\n',
  )

function meaning({ description, isRequired, preset, choices }: OptionNode): string {
  const notes = [
    isRequired ? 'required' : '',
    choices.length > 0 ? choices.join(' or ') : '',
    preset === undefined ? '' : `else \`${preset}\``,
  ].filter(Boolean)
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}
