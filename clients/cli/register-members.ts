import { Option } from 'commander'
import type { Command } from 'commander'
import { changing, common, given, onePlane, verb } from './options.ts'
import type { Perform } from './register.ts'

const EXAMPLE = '--plane acme-agents --email bob@acme.com'

/** Adds `member list`, `member add` and `member remove`. */
export function addMemberVerbs(program: Command, perform: Perform): void {
  const member = program.command('member').description('Admins and viewers of a plane')
  onePlane(verb(member, 'list', 'Show who has which role', 'member list --plane acme-agents')).action(
    ({ plane, ...rest }) => perform({ verb: 'member list', options: { ...common(rest), plane } }),
  )
  oneMember(verb(member, 'add', 'Give a person a role, or another one', `member add ${EXAMPLE} --role viewer`))
    .addOption(new Option('--role <role>', 'what they are to be').choices(['admin', 'viewer']).makeOptionMandatory())
    .action(({ plane, email, role, dryRun, ...rest }) =>
      perform({
        verb: 'member add',
        options: { ...common(rest), fields: { plane, email, role, ...given({ dryRun }) } },
      }),
    )
  oneMember(verb(member, 'remove', 'Take the role of a person away', `member remove ${EXAMPLE}`)).action(
    ({ plane, email, dryRun, ...rest }) =>
      perform({ verb: 'member remove', options: { ...common(rest), fields: { plane, email, ...given({ dryRun }) } } }),
  )
}

const oneMember = (command: Command): Command =>
  changing(onePlane(command)).requiredOption('--email <email>', 'the person')
