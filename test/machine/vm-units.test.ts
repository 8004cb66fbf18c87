import { execFile } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { DEMO_MODEL_PORT, GATEWAY_PORT, INSTALLER, LAYOUT } from '../../infra/machine/vm/layout.ts'
import { gatewayFolders } from '../../infra/machine/vm/supervisor.ts'
import { gatewayEnvironment } from '../../shared/openclaw/gateway-environment.ts'
import { EXIT_CONFIGURATION } from '../../shared/openclaw/version.ts'
import { hasProgram } from '../fakes/debian.ts'

const FOLDER = new URL('../../infra/machine/vm/system/', import.meta.url)
const read = (name: string): Promise<string> => readFile(new URL(name, FOLDER), 'utf8')
const units = (await readdir(FOLDER)).filter((name) => /\.(?:service|socket|path|target)$/.test(name))

/** The values of one setting of a unit. */
const settings = (unit: string, name: string): readonly string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))

test('the gateway has the environment that it has everywhere, and nothing else', async () => {
  const set = settings(await read('ap-gateway.service'), 'Environment').map((line) => line.split('=', 2))
  const { PATH, ...rest } = Object.fromEntries(set) as Record<string, string>
  expect(rest).toEqual(gatewayEnvironment(gatewayFolders(LAYOUT), {}))
  expect(PATH?.startsWith('/opt/agents-plane/node/bin:')).toBe(true)
})

test.each([
  ['User', 'openclaw'],
  ['Restart', 'always'],
  ['RestartSec', '5'],
  ['RestartPreventExitStatus', String(EXIT_CONFIGURATION)],
  ['SuccessExitStatus', '0 143'],
  ['TimeoutStopSec', '330'],
  ['KillMode', 'mixed'],
  ['OOMPolicy', 'continue'],
  ['MemoryHigh', '75%'],
  ['NoNewPrivileges', 'yes'],
  ['ProtectSystem', 'strict'],
  ['CapabilityBoundingSet', ''],
  ['StandardOutput', 'null'],
])('the unit of the gateway says %s=%s', async (name, value) => {
  expect(settings(await read('ap-gateway.service'), name)).toEqual([value])
})

test.each([
  ['ap-gateway.service', 'openclaw', '85%'],
  ['ap-supervisor.service', 'openclaw', '256M'],
  ['ap-broker.service', 'ap-broker', '256M'],
  ['ap-beat.service', 'ap-beat', '256M'],
  ['ap-logs.service', 'ap-logs', '256M'],
])('%s runs as %s, without privileges, within %s of memory, in a system it cannot write', async (name, user, limit) => {
  const unit = await read(name)
  expect(settings(unit, 'User')).toEqual([user])
  expect(settings(unit, 'NoNewPrivileges')).toEqual(['yes'])
  expect(settings(unit, 'ProtectSystem')).toEqual(['strict'])
  expect(settings(unit, 'MemoryMax')).toEqual([limit])
})

test('neither the broker, the reporter nor the sender of logs sees the data disk, and none but the reporter writes', async () => {
  for (const name of ['ap-broker.service', 'ap-beat.service', 'ap-logs.service'])
    expect(settings(await read(name), 'InaccessiblePaths')).toEqual([LAYOUT.disk])
  for (const name of ['ap-broker.service', 'ap-logs.service'])
    expect(settings(await read(name), 'ReadWritePaths')).toEqual([])
})

test('the sender of logs remembers in a place of its own how far it got, and stands in nobody’s way', async () => {
  const unit = await read('ap-logs.service')
  expect(LAYOUT.logCursor).toBe(`/var/lib/${settings(unit, 'StateDirectory').join('')}/cursor`)
  for (const name of units.filter((other) => other !== 'agents-plane.target'))
    expect(await read(name)).not.toMatch(/^(?:Requires|Wants|BindsTo)=.*ap-logs/m)
})

test('what installs OpenClaw may give files away and take them back, and writes nothing but releases', async () => {
  const unit = await read('ap-openclaw.service')
  const capabilities = 'CAP_CHOWN CAP_DAC_OVERRIDE CAP_KILL CAP_SETGID CAP_SETUID'
  expect(settings(unit, 'CapabilityBoundingSet')).toEqual([capabilities])
  expect(settings(unit, 'NoNewPrivileges')).toEqual(['yes'])
  expect(settings(unit, 'ProtectSystem')).toEqual(['strict'])
  expect(settings(unit, 'ReadWritePaths')).toEqual([LAYOUT.releases])
  expect(settings(unit, 'InaccessiblePaths')).toEqual([LAYOUT.disk])
})

test('the startup script makes the user who runs what is installed, who may not even read the token', async () => {
  const script = await readFile(new URL('../startup.sh', FOLDER), 'utf8')
  expect(script).toContain(`add_user ap-install ${INSTALLER.uid}\n`)
  expect(INSTALLER.gid).toBe(INSTALLER.uid)
  expect(await read('sudoers')).toContain('!ap-install')
})

test("only the gateway's user may open the broker's socket", async () => {
  const unit = await read('ap-broker.socket')
  expect(settings(unit, 'ListenStream')).toEqual([LAYOUT.secretsSocket])
  expect(settings(unit, 'SocketUser')).toEqual(['openclaw'])
  expect(settings(unit, 'SocketMode')).toEqual(['0600'])
})

test('everything of an agent waits for its checked facts; those and the logs for the closed metadata server', async () => {
  for (const name of ['ap-gateway', 'ap-supervisor', 'ap-broker', 'ap-beat', 'ap-openclaw'])
    expect(settings(await read(`${name}.service`), 'Requires').join(' ')).toContain('ap-facts.service')
  for (const name of ['ap-facts', 'ap-logs'])
    expect(settings(await read(`${name}.service`), 'Requires')).toEqual(['ap-firewall.service'])
})

test('only the firewall starts by itself: the rest is started by the startup script', async () => {
  const texts = await Promise.all(units.map(async (name) => ({ name, text: await read(name) })))
  const enabled = texts.filter(({ text }) => text.includes('[Install]')).map(({ name }) => name)
  expect(enabled).toEqual(['ap-firewall.service'])
})

test('the metadata server is open to four users and closed to all others', async () => {
  const rules = await read('metadata.nft')
  expect(rules).toContain('meta skuid { root, ap-broker, ap-beat, ap-logs } accept')
  expect(rules).toMatch(/accept\n(?:\s+meta l4proto [^\n]+dport 53 accept\n)\s+udp dport [^\n]+accept\n\s+counter/)
  for (const address of ['ip daddr 169.254.169.254', 'ip6 daddr fd20:ce::254'])
    expect(rules).toContain(`${address} jump metadata`)
})

test('ports do not get into the way of those that OpenClaw derives from its own', () => {
  expect(Math.abs(GATEWAY_PORT - DEMO_MODEL_PORT)).toBeGreaterThan(10)
  expect(DEMO_MODEL_PORT).toBeLessThan(GATEWAY_PORT)
})

test('systemd finds no fault with the units', async (context) => {
  const run = promisify(execFile)
  if (!(await hasProgram('systemd-analyze', 'systemd'))) return context.skip('systemd-analyze is missing')
  const paths = units.map((name) => new URL(name, FOLDER).pathname)
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...paths]).catch(
    (error: unknown) => Object(error) as { stderr: string },
  )
  // Where the programs of a machine are not installed, that alone is said of them.
  const faults = stderr.split('\n').filter((line) => /ap-|agents-plane/.test(line) && !/is not executable/.test(line))
  expect(faults).toEqual([])
})
