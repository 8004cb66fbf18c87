import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planesProgram } from '../../clients/cli/program.ts'
import type { OpenClaw } from './installed-plugin.ts'
import { BOOT_MS, LOCAL } from './typing.ts'
import type { Typing } from './typing.ts'

const PATIENT = { timeout: BOOT_MS }

/** What is typed to OpenClaw itself, and to what does with the plugin what OpenClaw does. */
export type Plugin = { readonly openclaw: OpenClaw; readonly host: OpenClaw }

const SECRET = ['secret', 'set', '--plane', 'local', '--name', 'ada', '--secret', 'notes']

/** Types to the real OpenClaw what only it can prove. Each call takes it some ten seconds of a processor. */
export function typedToOpenClaw({ installation, typeEach }: Typing, { openclaw, host }: Plugin): void {
  const alone: OpenClaw = (args) => installation().planes(args)

  describe('the plugin in OpenClaw', () => {
    test('has every verb of planes', PATIENT, async () => {
      const { code, stdout } = await openclaw(['--help'])
      expect(code).toBe(0)
      expect(stdout).toContain('Usage: openclaw planes')
      expect(stdout).toContain('Exit codes:')
      for (const verb of planesProgram(async () => undefined).commands) expect(stdout).toContain(`\n  ${verb.name()} `)
    })

    test('reads standard input, changes something, and leaves one entry', PATIENT, async () => {
      const set = { args: SECRET, input: 'a value', says: /is set/, audited: 'secret-set' }
      const each = typeEach([set], openclaw, { actor: LOCAL, surface: 'plugin' })
      for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
    })

    test('prints status as one JSON document of the same version as planes', PATIENT, async () => {
      const line = ['status', '--json']
      const [through, beside] = [await openclaw(line), await alone(line)]
      expect([through.code, beside]).toEqual([0, expect.objectContaining({ code: 0, stderr: '' })])
      const [a, b] = [through, beside].map(({ stdout }) => JSON.parse(stdout))
      expect(a).toMatchObject({ version: 1, planes: [{ name: 'local', phase: 'Ready' }] })
      expect(Object.keys(a.planes[0])).toEqual(Object.keys(b.planes[0]))
    })

    test('says an error in a sentence on standard error, and ends with its own exit code', PATIENT, async () => {
      const stranger = join(installation().folder, 'stranger')
      await mkdir(stranger)
      const known = { ...(await installation().local()), tokenFile: 'token' }
      await writeFile(join(stranger, 'local.json'), JSON.stringify(known))
      await writeFile(join(stranger, 'token'), 'a token of nobody')
      const { code, stdout, stderr } = await openclaw(['status', '--state', stranger])
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
      expect(stderr).toMatch(/^Error: .*\.$/m)
      expect(stderr).not.toMatch(/^\s+at /m)
    })

    test('refuses a mistyped command line in a sentence that says which option is missing', PATIENT, async () => {
      const { code, stdout, stderr } = await openclaw(['add-agent'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('Missing required option "--plane <plane>".\nTry: openclaw planes add-agent --help')
    })

    test('prints a mistyped command line as the same JSON document as planes', PATIENT, async () => {
      const line = ['add-agent', '--json']
      const [through, beside] = [await openclaw(line), await alone(line)]
      expect([through.code, beside.code, JSON.parse(through.stdout)]).toEqual([1, 1, JSON.parse(beside.stdout)])
    })
  })

  test(
    'the plugin says in a sentence on standard error that a plane is unknown, and ends with 1',
    PATIENT,
    async () => {
      const { code, stdout, stderr } = await host(['status', '--plane', 'nowhere'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^Error: .*nowhere.*\.$/m)
      expect(stderr).not.toMatch(/^\s+at /m)
    },
  )
}
