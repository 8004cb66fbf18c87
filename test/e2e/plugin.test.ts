import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { planesProgram } from '../../clients/cli/program.ts'
import { hasEmulators, installationOfFile, wantEmulators } from './installation.ts'
import type { Said } from '../fakes/run.ts'
import { openclawWithPlugin } from './installed-plugin.ts'
import type { InstalledPlugin, OpenClaw } from './installed-plugin.ts'
import { PEOPLE, typedRights } from './typed-rights.ts'
import type { Standing } from './typed-rights.ts'
import { typedVerbs } from './typed-verbs.ts'
import { BOOT_MS, typing } from './typing.ts'

const PATIENT = { timeout: BOOT_MS }

const installation = installationOfFile(27_000)
let plugin: InstalledPlugin

beforeAll(async () => {
  if (!hasEmulators) return
  const [, installed] = await Promise.all([installation().start(), openclawWithPlugin(installation())])
  await untilAda('Ready')
  plugin = installed
}, 2 * BOOT_MS)

beforeEach(wantEmulators)

const openclaw: OpenClaw = (args, input) => plugin.openclaw(args, input)
const throughOpenClaw = (args: readonly string[], input?: string): Promise<Said> => openclaw(['planes', ...args], input)
const throughHost: OpenClaw = (args, input) => plugin.host(['planes', ...args], input)

const { admitPeople, typeEach, untilAda } = typing(installation)

const me = { actor: 'local@localhost', surface: 'plugin' }
const verbs = typedVerbs('plugin')
/** One that looks, one that reads standard input and changes something, and one that fails. */
const ofEachKind = verbs.filter(({ args: [verb = ''] }) => ['show', 'secret', 'retry'].includes(verb))

describe('every verb typed to the plugin', () => {
  test('works on a real agent, and leaves one entry where it changes something', PATIENT, async () => {
    for await (const [seen, wanted] of typeEach(verbs, throughHost, me)) expect(seen).toEqual(wanted)
  })

  // Each call takes OpenClaw some ten seconds of a processor.
  test('works through OpenClaw, whether it looks, changes something or fails', PATIENT, async () => {
    for await (const [seen, wanted] of typeEach(ofEachKind, throughOpenClaw, me)) expect(seen).toEqual(wanted)
  })
})

// On the command line an admin by membership types all that takes one.
const WHO: readonly Standing[] = ['viewer', 'owner']

describe('whoever acts through the plugin', () => {
  beforeAll(admitPeople)

  test.each(WHO)('as %s has the rights of that, and leaves one entry for each change', PATIENT, async (who) => {
    const actor = PEOPLE[who]
    await untilAda('Ready')
    const as: OpenClaw = (args, input) => throughHost([...args, '--context', actor], input)
    const each = typeEach(typedRights(who, 'plugin'), as, { actor, surface: 'plugin' })
    for await (const [seen, wanted] of each) expect(seen).toEqual(wanted)
  })
})

describe('the plugin', () => {
  test('has every verb of planes', PATIENT, async () => {
    const { code, stdout } = await openclaw(['planes', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: openclaw planes')
    expect(stdout).toContain('Exit codes:')
    for (const verb of planesProgram(async () => undefined).commands) expect(stdout).toContain(`\n  ${verb.name()} `)
  })

  test('prints status as one JSON document of the same version as planes', PATIENT, async () => {
    const [through, alone] = [
      await throughOpenClaw(['status', '--json']),
      await installation().planes(['status', '--json']),
    ]
    expect([through.code, alone]).toEqual([0, expect.objectContaining({ code: 0, stderr: '' })])
    const [a, b] = [through, alone].map(({ stdout }) => JSON.parse(stdout))
    expect(a).toMatchObject({ version: 1, planes: [{ name: 'local', phase: 'Ready' }] })
    expect(Object.keys(a.planes[0])).toEqual(Object.keys(b.planes[0]))
  })

  test('says an error in a sentence on standard error, and ends with 1', PATIENT, async () => {
    const { code, stdout, stderr } = await throughOpenClaw(['status', '--plane', 'nowhere'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^Error: .*nowhere.*\.$/m)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('lets exit codes other than 1 pass through OpenClaw', PATIENT, async () => {
    const stranger = join(installation().folder, 'stranger')
    await mkdir(stranger)
    await writeFile(
      join(stranger, 'local.json'),
      JSON.stringify({ ...(await installation().local()), tokenFile: 'token' }),
    )
    await writeFile(join(stranger, 'token'), 'a token of nobody')
    expect(await openclaw(['planes', 'status', '--state', stranger])).toMatchObject({ code: 4, stdout: '' })
  })

  test('refuses a mistyped command line in a sentence that says which option is missing', PATIENT, async () => {
    const { code, stdout, stderr } = await openclaw(['planes', 'add-agent'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Missing required option "--plane <plane>".\nTry: openclaw planes add-agent --help')
  })

  test('prints a mistyped command line as the same JSON document as planes', PATIENT, async () => {
    const line = ['add-agent', '--json']
    const [through, alone] = [await throughOpenClaw(line), await installation().planes(line)]
    expect([through.code, alone.code, JSON.parse(through.stdout)]).toEqual([1, 1, JSON.parse(alone.stdout)])
  })
})
