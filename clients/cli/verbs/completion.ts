import { completionScript } from '../completion-text.ts'
import { EXIT } from '../exit.ts'
import type { ExitCode } from '../exit.ts'
import type { OptionsOf } from '../invocation.ts'
import { printResult } from '../result.ts'
import type { Terminal } from '../terminal.ts'

/** `planes completion` */
export function completion({ shell, tree, json }: OptionsOf<'completion'>, { out }: Terminal): ExitCode {
  const script = completionScript(shell, tree).trimEnd()
  printResult(out, json, { shell, script }, [script])
  return EXIT.ok
}
