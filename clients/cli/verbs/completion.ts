import { completionScript } from '../completion-text.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import type { Terminal } from '../terminal.ts'

/** `planes completion` */
export function completion({ shell, tree }: OptionsOf<'completion'>, { out }: Terminal): ExitCode {
  out.line(completionScript(shell, tree).trimEnd())
  return EXIT.ok
}
