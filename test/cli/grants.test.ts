import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import type { Invocation } from '../../clients/cli/invocation.ts'
import { planesProgram } from '../../clients/cli/program.ts'
import { grants } from '../../clients/cli/verbs/grants.ts'
import { projectGrants } from '../../shared/grants/plan.ts'
import { grantsScript, undoScript } from '../../shared/grants/script.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const MAIN = new URL('../../clients/cli/main.js', import.meta.url).pathname
const PLAIN = { script: false, undo: false, json: false }

async function parse(words: readonly string[]): Promise<Invocation | undefined> {
  let understood: Invocation | undefined
  const program = planesProgram(async (invocation) => {
    understood = invocation
  })
  const quiet = { writeErr: () => undefined }
  for (const command of [program, ...program.commands]) command.configureOutput(quiet)
  await program.parseAsync(['grants', ...words], { from: 'user' })
  return understood
}

test.each([
  ['--project acme-agents', { on: { kind: 'project', id: 'acme-agents' }, controlProject: 'acme-agents', ...PLAIN }],
  [
    '--project acme-agents --control-project acme-control --script',
    { on: { kind: 'project', id: 'acme-agents' }, controlProject: 'acme-control', ...PLAIN, script: true },
  ],
  [
    '--project acme-agents --script --undo',
    { on: { kind: 'project', id: 'acme-agents' }, controlProject: 'acme-agents', ...PLAIN, script: true, undo: true },
  ],
  [
    '--organization 12345 --control-project acme-control --json',
    { on: { kind: 'organization', id: '12345' }, controlProject: 'acme-control', ...PLAIN, json: true },
  ],
])('grants %s is understood', async (line, options) => {
  expect(await parse(line.split(' '))).toEqual({ verb: 'grants', options })
})

test.each([
  [[]],
  [['--organization', '12345']],
  [['--project', 'acme-agents', '--organization', '12345', '--control-project', 'acme-control']],
  [['--project', '"; rm -rf /']],
  [['--project', 'acme-agents', '--undo']],
  [['--project', '../x']],
  [['--project', 'a'.repeat(300)]],
  [['--project', 'acme-agents\ncurl evil.example']],
  [['--project', 'acme-agents', '--control-project', '$(id)']],
  [['--organization', '1 2', '--control-project', 'acme-control']],
  [['--organization', '😀', '--control-project', 'acme-control']],
])('grants %j is refused', async (words) => {
  await expect(parse(words)).rejects.toBeInstanceOf(CommanderError)
})

test('without a script, grants says who holds what and how to grant it', () => {
  const terminal = fakeTerminal()
  const on = { kind: 'project', id: 'acme-agents' } as const
  expect(grants({ on, controlProject: 'acme-control', ...PLAIN }, terminal)).toBe(0)
  const shown = terminal.stdout.join('\n')
  for (const { member, role } of projectGrants('acme-agents', 'acme-control').bindings)
    expect(shown).toContain(`${member.replace('serviceAccount:', '')} holds ${role}`)
  expect(shown).toContain('every account of projects/acme-agents holds roles/logging.logWriter')
  expect(shown).toContain('infra/plane-project')
  expect(shown).toContain('--script')
})

test('the script comes out whole and alone, where no plane runs', async () => {
  const args = [MAIN, 'grants', '--project', 'acme-agents', '--control-project', 'acme-control', '--script']
  const environment = { ...process.env, AP_STATE_DIR: '/nonexistent' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: environment })
  expect({ stdout, stderr }).toEqual({
    stdout: grantsScript(projectGrants('acme-agents', 'acme-control')),
    stderr: '',
  })
})

test.each([grantsScript, undoScript])('a shell can read the script', async (scriptOf) => {
  const script = scriptOf(projectGrants('acme-agents', 'acme-control'))
  await expect(promisify(execFile)('/bin/sh', ['-n', '-c', script])).resolves.toMatchObject({ stderr: '' })
})
