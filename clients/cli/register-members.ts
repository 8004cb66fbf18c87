import { Option } from 'commander'
import type { Command } from 'commander'
import { changing, common, destructive, given, isOn, onePlane, verb } from './options.ts'
import type { Perform } from './register.ts'

const EXAMPLE = '--plane acme-agents --email bob@acme.com'

/** Adds `member list`, `member add` and `member remove`. */
export function addMemberVerbs(program: Command, perform: Perform): void {
  const member = program.command('member').description('Admins and viewers of a plane')
  onePlane(verb(member, 'list', 'Show who has which role', 'member list --plane acme-agents')).action(
    ({ plane, ...rest }) => perform({ verb: 'member list', options: { ...common(rest), plane } }),
  )
  oneMember(
    changing(verb(member, 'add', 'Give a person a role, or another one', `member add ${EXAMPLE} --role viewer`)),
  )
    .addOption(new Option('--role <role>', 'what they are to be').choices(['admin', 'viewer']).makeOptionMandatory())
    .action(({ plane, email, role, dryRun, ...rest }) =>
      perform({
        verb: 'member add',
        options: { ...common(rest), fields: { plane, email, role, ...given({ dryRun }) } },
      }),
    )
  oneMember(destructive(verb(member, 'remove', 'Take the role of a person away', `member remove ${EXAMPLE}`))).action(
    ({ plane, email, yes, dryRun, ...rest }) => {
      const fields = { plane, email, ...given({ dryRun }) }
      return perform({ verb: 'member remove', options: { ...common(rest), yes: isOn(yes), fields } })
    },
  )
}

const oneMember = (command: Command): Command => onePlane(command).requiredOption('--email <email>', 'the person')
