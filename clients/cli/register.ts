import type { Command } from 'commander'
import type { Invocation } from './invocation.ts'
import { addAgentVerbs } from './register-agents.ts'
import { addGrants } from './register-grants.ts'
import { addMemberVerbs } from './register-members.ts'
import { addPlaneVerbs } from './register-planes.ts'
import { addSlackVerbs } from './register-slack.ts'
import { addToolVerbs } from './register-tools.ts'
import { addViewVerbs } from './register-views.ts'

/** Does what a command line asked for. */
export type Perform = (invocation: Invocation) => Promise<void>

/** Adds every verb to `program`. Nothing but command lines is understood here: `perform` does the work. */
export function registerPlanes(program: Command, perform: Perform): void {
  addPlaneVerbs(program, perform)
  addAgentVerbs(program, perform)
  addViewVerbs(program, perform)
  addMemberVerbs(program, perform)
  addSlackVerbs(program, perform)
  addGrants(program, perform)
  addToolVerbs(program, perform)
}
