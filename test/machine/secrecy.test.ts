import { execFile } from 'node:child_process'
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import { processOwnerAccess } from '../../shared/process/access.ts'
import { processLogs } from '../../shared/process/logs.ts'
import { membersOf } from '../../shared/process/members.ts'
import { redact } from '../../shared/process/redact.ts'
import { processVault } from '../../shared/process/secret-store.ts'
import { eventually, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const SECRET = 'a-value-that-nobody-else-may-see'

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

async function withSecret(): Promise<void> {
  const { backend, place, intent } = stage
  await backend.secrets.create(intent, place, 'openai-api-key', identityLabels(place))
  await processVault(stage).put(place, 'openai-api-key', SECRET)
}

/** Asks the resolver as OpenClaw does: one JSON line in, one out. */
function resolve(file: string, ids: readonly string[]): Promise<unknown> {
  return new Promise((done, reject) => {
    const child = execFile(process.execPath, [file, stage.paths.secrets, 'revision'], (error, stdout) => {
      if (error) reject(error)
      else done(JSON.parse(stdout))
    })
    child.stdin?.end(JSON.stringify({ protocolVersion: 1, provider: 'agent', ids }))
  })
}

test('only the Unix user may open what is secret', async () => {
  await withSecret()
  await stage.insert()
  const { paths, stateDir } = stage
  const files = [
    paths.gatewayToken,
    paths.keyHandle,
    join(paths.secrets, 'openai-api-key.value'),
    join(stateDir, 'issuer-key.json'),
  ]
  for (const path of files) expect(await modeOf(path)).toBe('600')
  for (const path of [paths.folder, paths.disk, paths.machine, paths.secrets]) expect(await modeOf(path)).toBe('700')
  expect(await modeOf(join(paths.machine, 'resolve-secrets.mts'))).toBe('500')
  const log = await modeOf(paths.machineLog)
  expect(log).toBe('600')
})

test('no command line, log, record or configuration holds a secret or the token', async () => {
  await withSecret()
  const { id } = await stage.insert()
  await eventually(() => stage.received.length > 0)
  const token = await readFile(stage.paths.gatewayToken, 'utf8')
  const { paths } = stage
  const commands = await Promise.all((await membersOf(id)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')))
  const environments = await Promise.all((await membersOf(id)).map((pid) => readFile(`/proc/${pid}/environ`, 'utf8')))
  const files = (await readdir(paths.machine)).filter((name) => /\.(?:json|log)$/.test(name))
  const texts = await Promise.all(files.map((name) => readFile(join(paths.machine, name), 'utf8')))
  const told = await readFile(join(paths.disk, 'openclaw', 'openclaw.json'), 'utf8')
  for (const text of [...commands, ...environments, ...texts, told]) {
    expect(text).not.toContain(token)
    expect(text).not.toContain(SECRET)
  }
})

test('the resolver answers for names and refuses everything else', async () => {
  await withSecret()
  await stage.insert()
  const answer = await resolve(join(stage.paths.machine, 'resolve-secrets.mts'), [
    'openai-api-key',
    'absent',
    '../account',
  ])
  expect(answer).toEqual({
    protocolVersion: 1,
    values: { 'openai-api-key': SECRET },
    errors: { absent: { code: 'NOT_FOUND' }, '../account': { code: 'INVALID_ID' } },
  })
})

test('a first value and another one each make OpenClaw resolve its secrets again, without a restart', async () => {
  const { paths, backend, place, intent } = stage
  const machine = await stage.insert()
  await eventually(() => stage.received.length > 0)
  const told = () => readFile(join(paths.disk, 'openclaw', 'openclaw.json'), 'utf8')
  const before = await told()
  await backend.secrets.create(intent, place, 'openai-api-key', identityLabels(place))
  await processVault(stage).put(place, 'openai-api-key', SECRET)
  await eventually(async () => (await told()) !== before)
  expect(await backend.secrets.hasValue(place, 'openai-api-key')).toBe(true)
  const between = await told()
  await processVault(stage).put(place, 'openai-api-key', `${SECRET}-rotated`)
  await eventually(async () => (await told()) !== between)
  const { id, startedAtMs } = machine
  expect(await backend.machines.find(place)).toMatchObject({ id, startedAtMs, state: 'running' })
})

test('a value for a secret that nobody named is refused', async () => {
  await expect(processVault(stage).put(stage.place, 'unnamed', SECRET)).rejects.toMatchObject({ kind: 'NotFound' })
})

test('nothing of a value is left after the last secret, though its writer was killed or came too late', async () => {
  const { backend, place, intent, paths } = stage
  await withSecret()
  await writeFile(join(paths.secrets, 'openai-api-key.value.0.tmp'), SECRET)
  const late = processVault(stage)
    .put(place, 'openai-api-key', SECRET)
    .catch(() => undefined)
  await backend.secrets.delete(intent, place, 'openai-api-key')
  await late
  await expect(stat(paths.folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('the way to an agent is shown while its owner is granted access, and not after', async () => {
  const { backend, place, intent } = stage
  const { id } = await stage.insert()
  await eventually(() => stage.received.some(({ body }) => body.ready))
  const { show } = { show: () => processOwnerAccess(stage).show(place) }
  expect(await show()).toBeUndefined()
  await backend.access.grant(intent, place, id, 'ada@acme.com')
  const address = await show()
  expect(address?.url).toBe(`${new URL(address?.url ?? '').origin}/#token=${address?.token}`)
  expect((await fetch(address?.url ?? '')).status).toBe(200)
  await backend.access.revoke(intent, place)
  expect(await show()).toBeUndefined()
})

test('logs tell what happened to a machine, not what was said on it', async () => {
  await stage.insert()
  await eventually(async () => (await readFile(stage.paths.machineLog, 'utf8')).includes('what a person said'))
  const lines = await processLogs(stage).read(stage.place, { sinceMs: 0, limit: 100 })
  const texts = lines.map(({ text }) => text)
  expect(texts).toContainEqual(expect.stringContaining('[machine] gateway of OpenClaw 2026.9.6 started'))
  expect(texts).toContainEqual('[gateway] starting with [redacted]')
  expect(texts.join('\n')).not.toContain('what a person said')
  const [first] = lines
  expect(await processLogs(stage).read(stage.place, { sinceMs: 0, limit: 1, newest: true })).toEqual(lines.slice(-1))
  const later = await processLogs(stage).read(stage.place, { sinceMs: first?.atMs ?? 0, limit: 1 })
  expect(later).toHaveLength(1)
  expect(later[0]?.atMs).toBeGreaterThan(first?.atMs ?? 0)
})

/** What begins like a secret, put together here so that no scanner takes it for one. */
const long = (prefix: string): string => prefix + 'A1B2'.repeat(prefix === 'AKIA' ? 4 : 9)

test.each([
  ['Authorization: Bearer abcdefgh12345678', 'Authorization: [redacted]'],
  ['sk-proj-abcdef1234567890 failed', '[redacted] failed'],
  ['slack xoxb-1234567890-abc', 'slack [redacted]'],
  ['bot 123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'bot [redacted]'],
  ['apiKey="0123456789abcdef"', 'apiKey="[redacted]"'],
  [`push with ${long('ghp_')}`, 'push with [redacted]'],
  [`push with ${long('github_pat_')}`, 'push with [redacted]'],
  [`push with ${long('glpat-')}`, 'push with [redacted]'],
  [`signed by ${long('AKIA')}.`, 'signed by [redacted].'],
  [`paid with ${long('sk_live_')}`, 'paid with [redacted]'],
  ['nothing to hide', 'nothing to hide'],
  ['the AKIA prefix, a ghp_ prefix and sk_live_ alone', 'the AKIA prefix, a ghp_ prefix and sk_live_ alone'],
])('redacts %s', (line, expected) => {
  expect(redact(line)).toBe(expected)
})
