import { auditLines } from './audit-script.ts'
import { everyAccountOf } from './roles.ts'
import type { GrantsPlan, PlannedBinding, PlannedRole } from './plan.ts'

/**
 * The shell script with which an admin grants a plan; running it again changes nothing. Project ids and numbers go into
 * it as they are, so they must have been checked.
 */
export function grantsScript(plan: GrantsPlan): string {
  const { resource, controlProject, services, accounts, roles, bindings, everyAccount } = plan
  const [kinds = '', id = ''] = resource.split('/')
  const projects = new Set([...(kinds === 'projects' ? [id] : []), controlProject])
  return [
    '#!/bin/sh',
    `# Lets the functions of Agents Plane in project ${controlProject} do their work in ${resource}.`,
    'set -eu',
    FUNCTIONS,
    ...(services.length === 0 ? [] : [...projects].map((on) => enableLine(on, services))),
    ...(accounts.length === 0
      ? []
      : [`accounts=$(${listOf('service-accounts', `--project=${controlProject}`, 'email')})`]),
    `roles=$(${listOf('roles', `--${kinds.slice(0, -1)}=${id} --show-deleted`, 'name,deleted')})`,
    ...accounts.map((account) => `account ${account.id} ${controlProject} ${quoted(account.title)}`),
    ...roles.map((role) => `role ${role.id} --${kinds.slice(0, -1)}=${id} ${roleText(role)}`),
    ...bindings.map((binding) => `binding ${kinds} ${id} ${bindingText(binding)}`),
    ...everyAccount.map((role) => `binding ${kinds} ${id} "${everyAccountOf(numberOf(id))}" ${role} None`),
    ...auditLines(plan),
    `echo 'All is granted in ${resource}. It takes some minutes until it is in force everywhere.'`,
    '',
  ].join('\n')
}

/**
 * The shell script with which an admin takes a plan back; running it again changes nothing. Accounts of functions stay:
 * those of another project may be the same ones. So do services that are on, and the audit logs, which say what was done.
 */
export function undoScript({ resource, controlProject, accounts, roles, bindings, everyAccount }: GrantsPlan): string {
  const [kinds = '', id = ''] = resource.split('/')
  const pairs = new Set(bindings.map(({ member, role }) => `${member} ${role}`))
  return [
    '#!/bin/sh',
    `# Takes from the functions of Agents Plane in project ${controlProject} what they hold in ${resource}.`,
    'set -eu',
    `held=$(gcloud ${kinds} get-iam-policy ${id} --flatten='bindings[].members' --format='value[separator=" "](bindings.members,bindings.role)')`,
    UNDO_FUNCTIONS,
    ...[...pairs].map((pair) => `unbind ${kinds} ${id} ${pair}`),
    ...everyAccount.map((role) => `unbind ${kinds} ${id} "${everyAccountOf(numberOf(id))}" ${role}`),
    ...roles.map((role) => `drop ${role.id} --${kinds.slice(0, -1)}=${id} ${resource}/roles/${role.id}`),
    `echo 'All is taken back in ${resource}.'`,
    ...(accounts.length === 0 ? [] : [`echo 'Once no other project needs the accounts of the functions:'`]),
    ...accounts.map(
      (account) =>
        `echo '  gcloud iam service-accounts delete ${account.id}@${controlProject}.iam.gserviceaccount.com'`,
    ),
    '',
  ].join('\n')
}

/** What a shell puts in its place. */
const numberOf = (project: string): string => `$(gcloud projects describe ${project} --format='value(projectNumber)')`

const listOf = (what: string, where: string, fields: string): string =>
  `gcloud iam ${what} list ${where} --format='value[separator=" "](${fields})'`

const enableLine = (project: string, services: readonly string[]): string =>
  `gcloud services enable --project=${project} ${services.join(' ')}`

const roleText = ({ title, description, permissions }: PlannedRole): string =>
  `${quoted(title)} ${quoted(description)} ${permissions.join(',')}`

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

const bindingText = ({ member, role, condition }: PlannedBinding): string =>
  `${member} ${role} ${condition === undefined ? 'None' : `"^;^title=${condition.title};expression=${condition.expression}"`}`

/**
 * What is there is asked for once: each run of gcloud takes a second. A policy that names an account made a moment ago is
 * refused, so a binding is tried again.
 */
const FUNCTIONS = `
account() { # id, project, title
  printf '%s\\n' "$accounts" | grep -qxF "$1@$2.iam.gserviceaccount.com" ||
    gcloud iam service-accounts create "$1" --project="$2" --display-name="$3"
}

role() { # id, where, title, description, permissions
  found=$(printf '%s\\n' "$roles" | grep -E "/roles/$1( |$)" || true)
  change=update
  if [ -z "$found" ]; then change=create; fi
  case $found in *' True') gcloud iam roles undelete "$1" "$2" >/dev/null ;; esac
  gcloud iam roles "$change" "$1" "$2" --title="$3" --description="$4" --permissions="$5" --stage=GA --quiet >/dev/null
}

binding() { # projects or organizations, which, member, role, condition
  for wait in 5 15 30 60 0; do
    if gcloud "$1" add-iam-policy-binding "$2" --member="$3" --role="$4" --condition="$5" --format=none --quiet; then
      return
    fi
    sleep "$wait"
  done
  echo "Could not give $4 to $3; see above, then run this script again." >&2
  return 1
}
`

/** A role is taken away under whatever condition it is held, and deleted once nobody holds it. */
const UNDO_FUNCTIONS = `
unbind() { # projects or organizations, which, member, role
  if printf '%s\\n' "$held" | grep -qxF "$3 $4"; then
    gcloud "$1" remove-iam-policy-binding "$2" --member="$3" --role="$4" --all --format=none --quiet
    held=$(printf '%s\\n' "$held" | grep -vxF "$3 $4" || true)
  fi
}

drop() { # id, where, full name
  if printf '%s\\n' "$held" | grep -q " $3\\$"; then
    echo "$3 stays: somebody else holds it." >&2
  elif deleted=$(gcloud iam roles describe "$1" "$2" --format='value(deleted)' 2>/dev/null) && [ "$deleted" != True ]; then
    gcloud iam roles delete "$1" "$2" --format=none --quiet
  fi
}
`
