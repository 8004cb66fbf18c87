import type { CommandNode, OptionNode } from './command-tree.ts'

/** What follows some words: the words that may come next. */
type Place = { readonly path: string; readonly words: readonly string[] }

const SCRIPTS = { bash, zsh, fish } as const

/** A script that completes the words of a program in a shell. It holds all of them: nothing is run while somebody types. */
export const completionScript = (shell: keyof typeof SCRIPTS, tree: CommandNode): string => SCRIPTS[shell](tree)

function bash(tree: CommandNode): string {
  const name = tree.name
  return `${HEADER(name, `source <(${name} completion bash)`)}
_${name}() {
  local word path='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ "$word" == -* ]] && break
    path="\${path:+$path }$word"
  done
  local words=''
  case "$path" in
${cases(tree, '    ')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`
}

function zsh(tree: CommandNode): string {
  const name = tree.name
  return `#compdef ${name}
${HEADER(name, `source <(${name} completion zsh)`)}
_${name}() {
  local word ways=''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && break
    ways="\${ways:+$ways }$word"
  done
  local words=''
  case "$ways" in
${cases(tree, '    ')}
  esac
  compadd -- \${(s: :)words}
}
compdef _${name} ${name}
`
}

function fish(tree: CommandNode): string {
  const name = tree.name
  const lines = places(tree).flatMap(({ path, words }) => {
    const condition = `__fish_${name}_at ${quoted(path)}`
    return words.map((word) => `complete -c ${name} -f -n ${quoted(condition)} -a ${quoted(word)}`)
  })
  return `${HEADER(name, `${name} completion fish | source`)}
function __fish_${name}_at
    set -l path
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and break
        set -a path $word
    end
    test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

const HEADER = (name: string, how: string): string => `# Completes ${name}. Try it with: ${how}`

const cases = (tree: CommandNode, indent: string): string =>
  places(tree)
    .map(({ path, words }) => `${indent}'${path}') words='${words.join(' ')}' ;;`)
    .join('\n')

/** Every place in a command line, and what may come there: one name of each command, whichever was typed before. */
function places(tree: CommandNode, path: readonly string[] = []): readonly Place[] {
  const names = tree.commands.map(({ name }) => name)
  const words = [...names, ...tree.choices, ...tree.options.map(({ long }: OptionNode) => long), '--help']
  const below = tree.commands.flatMap((command) =>
    [command.name, ...command.aliases].flatMap((name) => places(command, [...path, name])),
  )
  return [{ path: path.join(' '), words }, ...below]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`
