import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { GrantsOptions } from './invocation.ts'
import { common, isOn, verb } from './options.ts'
import type { Perform } from './register.ts'

const EXAMPLE = 'grants --project acme-agents'

/** Adds `grants`, which needs no plane. */
export function addGrants(program: Command, perform: Perform): void {
  const command = verb(program, 'grants', 'Show what an admin of a project grants to the functions once', EXAMPLE)
    .option('--project <project>', 'the project that agents run in', parseProject)
    .option('--organization <number>', 'instead: what is read of the organisation, for its admin', parseNumber)
    .option('--control-project <project>', 'the project that the functions run in, where it is another', parseProject)
    .option('--script', 'print the shell script that does it, which can be run again')
    .option('--undo', 'with --script: print the one that takes it back')
  command.action(({ project, organization, controlProject = project, script, undo, ...rest }) => {
    const on = grantedOn(project, organization)
    if (on === undefined || controlProject === undefined) {
      return command.error('error: give --project, or --organization with --control-project', { exitCode: 1 })
    }
    if (isOn(undo) && !isOn(script)) return command.error('error: give --script with --undo', { exitCode: 1 })
    const options = { ...common(rest), on, controlProject, script: isOn(script), undo: isOn(undo) }
    return perform({ verb: 'grants', options })
  })
}

function grantedOn(project: string | undefined, organization: string | undefined): GrantsOptions['on'] | undefined {
  if (project !== undefined && organization !== undefined) return undefined
  if (project !== undefined) return { kind: 'project', id: project }
  return organization === undefined ? undefined : { kind: 'organization', id: organization }
}

/** What goes into a shell script is checked here. */
function parseProject(text: string): string {
  if (/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text)) return text
  throw new InvalidArgumentError('Give the id of a Google Cloud project, e.g. "acme-agents-1".')
}

function parseNumber(text: string): string {
  if (/^\d{1,20}$/.test(text)) return text
  throw new InvalidArgumentError('Give the number of the organisation, e.g. "123456789012".')
}
