import type { GrantsPlan } from './plan.ts'

/** The part of the script that turns audit logs on, where the plan has any. */
export function auditLines({ resource, auditLogs }: Pick<GrantsPlan, 'resource' | 'auditLogs'>): readonly string[] {
  const wanted = Object.entries(auditLogs).map(([service, types]) => `${service}=${types.join(',')}`)
  return wanted.length === 0 ? [] : [AUDIT_FUNCTION, `audit ${resource.replace('projects/', '')} '${wanted.join(' ')}'`]
}

/**
 * gcloud has no command that adds to audit logs: the policy is read, added to, and written with the etag that was read. It
 * prints a policy's keys in alphabetical order, so a service's name ends what is said of it.
 * https://cloud.google.com/logging/docs/audit/configure-data-access
 */
const AUDIT_FUNCTION = `
audit() { # project, services and their types of logs
  for wait in 5 15 30 60 0; do
    policy=$(gcloud projects get-iam-policy "$1" --format=yaml)
    audited=$(printf '%s\\n' "$policy" | awk -v wanted="$2" '
      function lacking(service, have,    types, n, i, text) {
        n = split(of[service], types, ",")
        for (i = 1; i <= n; i++) if (have !~ types[i]) text = text "  - logType: " types[i] "\\n"
        return text
      }
      function rest(    i) {
        for (i = 1; i <= count; i++) if (!(names[i] in seen))
          printf "- auditLogConfigs:\\n%s  service: %s\\n", lacking(names[i], ""), names[i]
      }
      BEGIN {
        count = split(wanted, names, " ")
        for (i = 1; i <= count; i++) { split(names[i], pair, "="); names[i] = pair[1]; of[pair[1]] = pair[2] }
      }
      inside && /^[^ -]/ { rest(); inside = 0 }
      /^auditConfigs:/ { inside = found = 1 }
      inside && /^- / { have = "" }
      inside && / logType: / { have = have " " $NF }
      inside && /^  service: / { seen[$2] = 1; printf "%s", lacking($2, have) }
      { print }
      END { if (!found) print "auditConfigs:"; if (inside || !found) rest() }')
    if [ "$audited" = "$policy" ]; then return; fi
    if printf '%s\\n' "$audited" | gcloud projects set-iam-policy "$1" /dev/stdin --format=none --quiet; then return; fi
    sleep "$wait"
  done
  echo "Could not turn on the audit logs of $1; see above, then run this script again." >&2
  return 1
}
`
