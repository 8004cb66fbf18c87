import { organizationGrants, projectGrants } from '../../../shared/grants/plan.ts'
import { grantsScript, undoScript } from '../../../shared/grants/script.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Terminal } from '../terminal.ts'

/** `planes grants`: what an admin grants once, worked out here and asked of nobody. */
export function grants(options: OptionsOf<'grants'>, { out }: Terminal): ExitCode {
  const { on, controlProject, script, undo, json } = options
  const plan = on.kind === 'project' ? projectGrants(on.id, controlProject) : organizationGrants(on.id, controlProject)
  const lines = script ? [(undo ? undoScript : grantsScript)(plan).trimEnd()] : summary(plan)
  printResult(out, json, { plan }, lines)
  return EXIT.ok
}

const summary = ({
  resource,
  bindings,
  everyAccount,
  auditLogs,
}: ReturnType<typeof projectGrants>): readonly string[] => [
  `On ${resource}:`,
  ...bindings.map(({ member, role, condition }) => {
    const under = condition === undefined ? '' : `, if ${condition.expression}`
    return `  ${member.replace('serviceAccount:', '')} holds ${role}${under}`
  }),
  ...everyAccount.map((role) => `  every account of ${resource} holds ${role}`),
  ...Object.entries(auditLogs).map(([service, types]) => `  ${service} keeps audit logs of ${types.join(', ')}`),
  'Grant it with the Terraform module infra/plane-project, or run what is printed with --script.',
]
