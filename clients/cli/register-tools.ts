import { Argument } from 'commander'
import type { Command } from 'commander'
import { commandTree } from './command-tree.ts'
import { common, duration, given, verb } from './options.ts'
import type { Perform } from './register.ts'

/** Adds the verbs that are about this computer: where planes are, whether it has what is needed, and how words complete. */
export function addToolVerbs(program: Command, perform: Perform): void {
  addContext(program, perform)
  addLogin(program, perform)
  verb(program, 'doctor', 'Look for what is missing here or in a plane, and say how to fix it', 'doctor')
    .option('--plane <plane>', 'only this plane')
    .action(({ plane, ...rest }) => perform({ verb: 'doctor', options: { ...common(rest), ...given({ plane }) } }))
  verb(program, 'completion', 'Print a script that completes words of planes in your shell', 'completion bash')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish', rest) =>
      perform({ verb: 'completion', options: { ...common(rest), shell, tree: commandTree(program) } }),
    )
}

function addLogin(program: Command, perform: Perform): void {
  verb(program, 'login', 'Sign in to an installation with your browser', 'login --context acme')
    .option('--no-browser', 'open no browser, and print the address only')
    .addOption(duration('--timeout <duration>', 'how long to wait for you', '5m'))
    .action(({ browser, timeout: timeoutMs, ...rest }) =>
      perform({ verb: 'login', options: { ...common(rest), browser, timeoutMs } }),
    )
  verb(program, 'logout', 'Forget who signed in to an installation', 'logout --context acme').action((rest) =>
    perform({ verb: 'logout', options: common(rest) }),
  )
}

function addContext(program: Command, perform: Perform): void {
  const context = program.command('context').description('Which installations there are, and which one is meant')
  verb(context, 'list', 'Show the installations that are known', 'context list').action((rest) =>
    perform({ verb: 'context list', options: common(rest) }),
  )
  verb(context, 'use', 'Mean this installation from now on', 'context use acme')
    .argument('<name>', 'of those that are listed')
    .action((name: string, rest) => perform({ verb: 'context use', options: { ...common(rest), name } }))
  verb(context, 'add', 'Remember an installation; no token is kept, only where one is found', ADD_EXAMPLE)
    .argument('<name>', 'what to call it')
    .option('--url <address>', 'where its API is; wants --client-file, --token-file or --token-command')
    .option('--client-file <path>', 'the JSON of its OAuth client for desktops, to sign in by: planes login')
    .option('--token-file <path>', 'a file with the token')
    .option('--token-command <command>', 'a command that prints a token, e.g. gcloud auth print-identity-token')
    .action((name: string, { url, clientFile, tokenFile, tokenCommand, ...rest }) =>
      perform({
        verb: 'context add',
        options: { ...common(rest), name, ...given({ url, clientFile, tokenFile, tokenCommand }) },
      }),
    )
  verb(context, 'remove', 'Forget an installation; nothing of it is touched', 'context remove acme')
    .argument('<name>', 'of those that are listed')
    .action((name: string, rest) => perform({ verb: 'context remove', options: { ...common(rest), name } }))
}

const ADD_EXAMPLE = 'context add acme --url https://planes.acme.com --token-command "gcloud auth print-identity-token"'
