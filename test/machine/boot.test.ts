import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestContext } from 'vitest'
import { startupScript } from '../../infra/machine/vm/startup-script.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { RuntimeWishes } from '../../shared/openclaw/configuration.ts'
import { IDENTITY } from './boot-identity.ts'
import {
  WITHIN_MS,
  askMetadata,
  configuration,
  isAllSent,
  newMachine,
  picture,
  readyAt,
  resolve,
  verified,
} from './boot-looks.ts'
import { whyNoBoot } from './boot-rootfs.ts'
import { CannotBoot, makeMachine } from './booted.ts'
import type { Booted } from './booted.ts'
import { eventually } from './stage.ts'

const SETUP_MS = 240_000

const CANARY = `canary-${randomBytes(8).toString('hex')}`
const SECRET = 'ap-aaaaaaaaaa-bbbbbbbbbb-telegram-bot-token'
const telegram: RuntimeWishes = { channels: [{ kind: 'telegram', allowFrom: ['1'] }] }
const clocked: RuntimeWishes = { ...telegram, thinkingClock: { every: '30m', prompt: 'think' } }
const bare: RuntimeWishes = { channels: [] }

let missing: string | undefined
let machine: Booted
let attributes: Record<string, string>

/** Tells the metadata server; `changes` are keys of this machine's own. */
function tell(changes: Readonly<Record<string, string>>): void {
  attributes = { ...attributes, ...changes }
  machine.tell({ attributes })
}

/** Runs the startup script the way Google's guest agent does. */
const rerun = (): Promise<string> => machine.on('root', 'google_metadata_script_runner startup 2>&1')

const gatewayPid = (): Promise<string> => machine.on('root', 'systemctl show --value --property=MainPID ap-gateway')

beforeAll(async () => {
  missing = await whyNoBoot()
  if (missing !== undefined) return
  machine = await makeMachine()
  machine.tell({ secrets: { [SECRET]: CANARY } })
  tell({ ...(await newMachine(machine)), ...configuration(telegram) })
  missing = await machine.boot().then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof CannotBoot) return error.message
      throw error
    },
  )
}, SETUP_MS)

afterAll(() => machine?.close(), WITHIN_MS)

/** What takes a booted machine; a loud skip where there is none. */
const onMachine = (body: () => Promise<void>) => async (context: TestContext) => {
  if (missing !== undefined) return context.skip(`a machine cannot be booted here: ${missing} is missing`)
  await body()
}

test(
  'a booted machine proves who it is with its first ready heartbeat',
  onMachine(async () => {
    const { token } = await readyAt(machine, telegram)
    const { project: projectId, email, sub, instanceId, zone } = IDENTITY
    expect(await verified(machine, token)).toEqual({
      sub,
      email,
      instanceId,
      zone,
      projectId,
      iatS: expect.any(Number),
    })
  }),
)

test(
  "secrets resolve for the gateway's user through the broker, and for nobody else",
  onMachine(async () => {
    expect(JSON.parse(await resolve(machine, 'telegram-bot-token'))).toEqual({
      protocolVersion: 1,
      values: { 'telegram-bot-token': CANARY },
      errors: {},
    })
    expect(JSON.parse(await resolve(machine, 'openai-api-key'))).toMatchObject({
      errors: { 'openai-api-key': { code: 'NOT_FOUND' } },
    })
    const socket = 'curl --silent --unix-socket /run/agents-plane/secrets.sock http://x/ || echo refused $?'
    for (const user of ['nobody', 'ap-beat', 'ap-logs']) expect(await machine.on(user, socket)).toBe('refused 7\n')
  }),
)

test(
  'only root, the broker, the reporter and the sender of logs reach the metadata server',
  onMachine(async () => {
    for (const user of ['root', 'ap-broker', 'ap-beat', 'ap-logs'])
      expect(await askMetadata(machine, user)).toBe('200 0')
    for (const user of ['openclaw', 'nobody']) expect(await askMetadata(machine, user)).toBe('000 7')
  }),
)

test(
  'a change of configuration is applied and reported, and a removed channel restarts the gateway',
  onMachine(async () => {
    const before = await gatewayPid()
    tell(configuration(clocked))
    await readyAt(machine, clocked)
    expect(await gatewayPid()).toBe(before)
    tell(configuration(bare))
    await readyAt(machine, bare)
    await eventually(async () => ![before, '0\n'].includes(await gatewayPid()), WITHIN_MS)
  }),
)

test(
  'what the units say is sent under the labels of the agent, each line once, also when its sender is started again',
  onMachine(async () => {
    await eventually(() => isAllSent(machine, 'ap-gateway.service'), WITHIN_MS)
    await machine.on('root', 'systemctl restart ap-logs && systemctl restart ap-beat')
    await eventually(() => isAllSent(machine, 'ap-beat.service'), WITHIN_MS)
    expect(await isAllSent(machine, 'ap-gateway.service')).toBe(true)
    const { project, zone, instanceId } = IDENTITY
    expect(machine.logged.at(-1)).toMatchObject({
      logName: `projects/${project}/logs/agents-plane`,
      resource: { type: 'gce_instance', labels: { project_id: project, zone, instance_id: instanceId } },
      labels: { 'ap-plane': 'aaaaaaaaaa', 'ap-agent-uid': 'bbbbbbbbbb' },
    })
  }),
)

test(
  'a configuration that is not one is refused without being repeated',
  onMachine(async () => {
    tell({ 'ap-configuration': `{"generation":"g","openclaw":{},"${CANARY}-key":1}` })
    await eventually(async () => (await machine.said()).includes('ap-configuration has unknown fields'), WITHIN_MS)
    expect(await machine.said()).not.toContain(CANARY)
    expect(await machine.on('ap-beat', 'cat /run/agents-plane/beat/configuration.json')).toBe(
      JSON.stringify(machineConfiguration(bare)),
    )
    tell(configuration(bare))
  }),
)

test(
  'running the startup script again changes nothing',
  onMachine(async () => {
    const before = await picture(machine)
    expect(await rerun()).toContain('agents-plane: ready')
    expect(await picture(machine)).toBe(before)
  }),
)

test(
  'who logs in may read the token of the gateway, and nothing else',
  onMachine(async () => {
    const read = 'sudo --non-interactive --user=openclaw'
    await machine.on('root', 'useradd --uid 1500 alice')
    expect(await machine.on('alice', `${read} gateway-token`)).toMatch(/^[0-9a-f]{64}$/)
    for (const command of ['cat /etc/hostname', 'gateway-token x', 'bash'])
      await expect(machine.on('alice', `${read} ${command}`)).rejects.toThrow('a password is required')
    await expect(machine.on('alice', 'cat /var/lib/agents-plane/gateway-token')).rejects.toThrow('Permission denied')
    await expect(machine.on('openclaw', `${read} gateway-token`)).rejects.toThrow('not in the sudoers file')
  }),
)

test(
  'after a boot with a wrong value nothing runs, the key is named, and its value is not',
  onMachine(async () => {
    const token = await machine.on('root', 'cat /var/lib/agents-plane/gateway-token')
    await machine.halt()
    const value = `"; touch /pwned-${CANARY}; rm -rf /`
    tell({ 'ap-agent-uid': value })
    const delivered = machine.beats.length
    await machine.boot()
    expect(await machine.on('root', 'systemctl --failed --plain --no-legend')).toContain('ap-facts.service')
    const said = await machine.said()
    expect(said).toContain('the metadata key ap-agent-uid must be 10 characters of a-z and 2-7')
    expect(said).not.toContain(CANARY)
    expect(await rerun()).toMatch(/agents-plane: .*ap-agent-uid.*\n.*exit status 1/)
    expect(machine.beats).toHaveLength(delivered)
    const units = await machine.on('root', 'systemctl is-active ap-beat ap-broker ap-supervisor ap-gateway || true')
    expect(new Set(units.trim().split('\n'))).toEqual(new Set(['inactive']))
    expect(await machine.on('root', 'ls /')).not.toContain('pwned')

    tell({ 'ap-agent-uid': 'bbbbbbbbbb' })
    expect(await rerun()).toContain('agents-plane: ready')
    await eventually(() => machine.beats.slice(delivered).some(({ body }) => body.first), WITHIN_MS)
    expect(await machine.on('root', 'cat /var/lib/agents-plane/gateway-token')).toBe(token)
  }),
)

test(
  'no secret is on the console, in the journal, in what was sent of it, or in any file',
  onMachine(async () => {
    const token = await machine.on('root', 'cat /var/lib/agents-plane/gateway-token')
    const said = await machine.said()
    const sent = JSON.stringify(machine.logged)
    for (const secret of [CANARY, IDENTITY.accessToken, token]) expect(said + sent).not.toContain(secret)
    // The journal was read above: beside what programs said, it keeps the command lines of this very test.
    const places = '--exclude-dir=journal /etc /opt/agents-plane /run/agents-plane /tmp /var'
    const holders = await machine.on('root', `grep -rlaFs -e ${CANARY} -e ${IDENTITY.accessToken} ${places} || true`)
    expect(holders).toBe('')
  }),
)

test(
  'a machine that becomes an image leaves nothing of its own behind and switches itself off',
  onMachine(async () => {
    machine.tell({
      attributes: { 'startup-script': `#!/bin/bash\nexport AP_BAKE=2026.9.6\n${(await startupScript()).text}` },
    })
    await machine.on('root', 'mkdir -p /etc/ssh && touch /etc/ssh/ssh_host_ed25519_key')
    // The power goes while the script still runs.
    await rerun().catch(() => undefined)
    await machine.off()
    expect(await machine.fileIn('etc/machine-id')).toBe('')
    expect(await machine.fileIn('etc/ssh/ssh_host_ed25519_key')).toBeUndefined()
  }),
)
