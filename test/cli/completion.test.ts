import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commandTree } from '../../clients/cli/command-tree.ts'
import { completionScript } from '../../clients/cli/completion-text.ts'
import { planesProgram } from '../../clients/cli/program.ts'
import { completion } from '../../clients/cli/verbs/completion.ts'
import { hasProgram } from '../fakes/debian.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

describe('completion', () => {
  const tree = commandTree(planesProgram(async () => undefined))

  /** What bash offers after some words, of which the last one is being typed. */
  async function offered(...words: readonly string[]): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'ap-completion-'))
    const list = ['planes', ...words].map((word) => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _planes; printf '%s\\n' "\${COMPREPLY[@]}"`
    try {
      const script = join(folder, 'planes.bash')
      await writeFile(script, `${completionScript('bash', tree)}\n${ask}\n`)
      const { stdout } = await promisify(execFile)('bash', ['--norc', script])
      return stdout.split('\n').filter(Boolean)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('offers verbs, what is under them, and options', async () => {
    expect(await offered('re')).toEqual(['remove-plane', 'restart', 'retry', 'remove-agent'])
    expect(await offered('member', '')).toEqual(['list', 'add', 'remove', '--help'])
    expect(await offered('secret', 'set', '--s')).toEqual(['--state', '--secret'])
    expect(await offered('start', '--plane', 'acme', '--na')).toEqual(['--name'])
    const everywhere = ['--context', '--state', '--json', '--debug', '--help']
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', ...everywhere])
  })

  test('is one JSON document where that is wanted', () => {
    const terminal = fakeTerminal()
    completion({ json: true, shell: 'bash', tree }, terminal)
    const script = completionScript('bash', tree).trimEnd()
    expect(JSON.parse(terminal.stdout.join(''))).toEqual({ version: 1, shell: 'bash', script })
  })

  test.each(['zsh', 'fish'] as const)('the script for %s names every verb', (shell) => {
    const script = completionScript(shell, tree)
    for (const { name } of tree.commands) expect(script).toContain(name)
  })

  const installed = { timeout: 300_000 }
  test.for(['zsh', 'fish'] as const)('the script for %s is one that it understands', installed, async (shell, ctx) => {
    const run = promisify(execFile)
    if (!(await hasProgram(shell))) ctx.skip(`${shell} is not installed here`)
    const folder = await mkdtemp(join(tmpdir(), 'ap-completion-'))
    await writeFile(join(folder, 'script'), completionScript(shell, tree))
    const checked = run(shell, ['-n', join(folder, 'script')])
    await expect(checked).resolves.toMatchObject({ stderr: '' })
    await rm(folder, { recursive: true })
  })
})
