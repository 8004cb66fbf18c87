import { expect, test } from 'vitest'
import { INSTALLER } from '../../infra/machine/vm/layout.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { RuntimeWishes } from '../../shared/openclaw/configuration.ts'
import { CANARY, LEFT_BY_PROJECT, baking, gateway, machine, onMachine, rerun, tell } from './boot-fixture.ts'
import { IDENTITY } from './boot-identity.ts'
import {
  askMetadata,
  configuration,
  dataDiskOf,
  eventuallyThere,
  isAllSent,
  isLogged,
  newMachine,
  picture,
  readyAt,
  resolve,
  verified,
} from './boot-looks.ts'
import { eventually } from './stage.ts'

const SECRET = 'ap-aaaaaaaaaa-bbbbbbbbbb-telegram-bot-token'
const telegram: RuntimeWishes = { channels: [{ kind: 'telegram', allowFrom: ['1'] }] }
const clocked: RuntimeWishes = { ...telegram, thinkingClock: { every: '30m', prompt: 'think' } }
const bare: RuntimeWishes = { channels: [] }

test(
  'bake.sh makes an image of a stock Debian, by what it downloads, with nothing of the machine that made it',
  onMachine(async () => {
    const [create = '', listen, stop, keep, ...last] = baking.commands
    const builder = /instances create (\S+) /.exec(create)?.[1]
    expect(create).toMatch(/ --no-address .* --no-service-account --no-scopes /)
    expect(listen).toContain(`instances get-serial-port-output ${builder} `)
    expect(stop).toContain(`instances stop ${builder} `)
    expect(keep).toContain(`--family agents-plane --source-disk ${builder} `)
    expect(last).toEqual([expect.stringContaining(`instances delete ${builder} `)])
    expect(baking.said).toMatch(/^baked agents-plane-2026-9-6-\S+ of the family agents-plane\n$/)
    const kinds = new Set(machine.downloaded.map((path) => path.replace(/.*[.]/, '')))
    expect([...kinds].toSorted()).toEqual(['/debian/Packages', '/npm/openclaw', 'deb', 'tgz', 'xz'])
    expect(await machine.fileIn('opt/agents-plane/openclaw/current/node_modules/openclaw/openclaw.mjs')).toBeDefined()
    expect(await machine.fileIn('etc/machine-id')).toBe('')
    for (const own of ['etc/ssh/ssh_host_ed25519_key', 'var/lib/systemd/random-seed'])
      expect(await machine.fileIn(own)).toBeUndefined()
  }),
)

test(
  'a machine made of the image installs nothing, and starts',
  onMachine(async () => {
    machine.tell({ secrets: { [SECRET]: CANARY } })
    tell({ ...(await newMachine(machine)), ...configuration(telegram) })
    machine.downloaded.length = 0
    await machine.boot()
    const script = await machine.on('root', 'journalctl --unit=google-startup-scripts --output=cat')
    expect(script).toContain('agents-plane: formatting the data disk')
    expect(script).toContain('agents-plane: ready')
    expect(script).not.toContain('installing')
    expect(machine.downloaded).toEqual([])
  }),
)

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
      projectNumber: expect.stringMatching(/^\d+$/),
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
    for (const user of ['nobody', 'ap-beat', 'ap-logs', 'ap-install'])
      expect(await machine.on(user, socket)).toBe('refused 7\n')
  }),
)

test(
  'who reaches the metadata server does not see the data disk, though it was mounted after some of them had started',
  onMachine(async () => {
    expect(await dataDiskOf(machine, 'ap-gateway')).toContain('gateway-token')
    for (const unit of ['ap-broker', 'ap-beat', 'ap-logs']) expect(await dataDiskOf(machine, unit)).toBe('')
  }),
)

test(
  'only root, the broker, the reporter and the sender of logs reach the metadata server',
  onMachine(async () => {
    for (const address of machine.metadataAddresses) {
      for (const user of ['root', 'ap-broker', 'ap-beat', 'ap-logs'])
        expect(await askMetadata(machine, user, address)).toBe('200 0')
      for (const user of ['openclaw', 'ap-install', 'nobody'])
        expect(await askMetadata(machine, user, address)).toBe('000 7')
    }
  }),
)

test(
  'a change of configuration is applied and reported, and a removed channel restarts the gateway',
  onMachine(async () => {
    const before = await gateway('MainPID')
    tell(configuration(clocked))
    await readyAt(machine, clocked)
    expect(await gateway('MainPID')).toBe(before)
    tell(configuration(bare))
    await readyAt(machine, bare)
    await eventuallyThere(async () => ![before, '0'].includes(await gateway('MainPID')))
  }),
)

test(
  'what the units say is sent under the labels of the agent, each line once, also when its sender is started again',
  onMachine(async () => {
    await eventuallyThere(() => isAllSent(machine, 'ap-gateway.service'))
    await machine.on('root', 'systemctl restart ap-logs && systemctl restart ap-beat')
    await eventuallyThere(() => isAllSent(machine, 'ap-beat.service'))
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
    await eventuallyThere(async () => (await machine.said()).includes('ap-configuration has unknown fields'))
    expect(await machine.said()).not.toContain(CANARY)
    expect(await machine.on('ap-beat', 'cat /run/agents-plane/beat/configuration.json')).toBe(
      JSON.stringify(machineConfiguration(bare)),
    )
    tell(configuration(bare))
  }),
)

test(
  'a gateway that refuses its configuration is not started again before there is another one',
  onMachine(async () => {
    const { openclaw } = machineConfiguration(bare)
    const refused = { generation: 'refused', openclaw: { ...Object(openclaw), misbehave: 'refuse' } }
    tell({ 'ap-configuration': JSON.stringify(refused) })
    const written = 'cat /var/lib/agents-plane/openclaw/openclaw.json'
    await eventuallyThere(async () => (await machine.on('root', written)).includes('misbehave'))
    await machine.on('root', 'systemctl restart ap-gateway')
    await eventuallyThere(async () => (await gateway('ActiveState')) === 'failed')
    expect(await gateway('ExecMainStatus')).toBe('78')
    const seen = 'cat /run/agents-plane/gateway/observation.json'
    await eventuallyThere(async () => (await machine.on('root', seen)).includes('gateway-refused-configuration'))
    tell(configuration(bare))
    await eventuallyThere(async () => (await machine.on('root', seen)).includes('"ready":true'))
  }),
)

test(
  'running the startup script again changes nothing',
  onMachine(async () => {
    const before = await picture(machine)
    expect(await rerun()).toContain('agents-plane: ready')
    expect(await picture(machine)).toBe(before)
    expect(machine.downloaded).toEqual([])
  }),
)

test(
  'who logs in may read the token of the gateway, and nothing else',
  onMachine(async () => {
    const read = 'sudo --non-interactive --user=openclaw'
    await machine.on('root', 'useradd --uid 1500 alice')
    expect(await machine.on('alice', `${read} gateway-token`)).toMatch(/^[0-9a-f]{64}$/)
    expect(await machine.on('root', "stat --format='%a %U' /var/lib/agents-plane/gateway-token")).toBe('600 openclaw\n')
    for (const command of ['cat /etc/hostname', 'gateway-token x', 'bash'])
      await expect(machine.on('alice', `${read} ${command}`)).rejects.toThrow('a password is required')
    await expect(machine.on('alice', 'cat /var/lib/agents-plane/gateway-token')).rejects.toThrow('Permission denied')
    await expect(machine.on('openclaw', `${read} gateway-token`)).rejects.toThrow('not in the sudoers file')
  }),
)

test(
  'what somebody has all machines of the project run is not run, neither where the image is made nor by its machines',
  onMachine(async () => {
    expect(await machine.fileIn(LEFT_BY_PROJECT)).toBeUndefined()
    const units = 'google-shutdown-scripts google-graceful-shutdown-scripts'
    expect(await machine.on('root', `systemctl is-enabled ${units} || true`)).toBe('masked\nmasked\n')
    await machine.on('root', 'systemctl poweroff')
    await machine.off()
    expect(await machine.fileIn(LEFT_BY_PROJECT)).toBeUndefined()
    await machine.boot()
  }),
)

test(
  'after a boot with a wrong value nothing runs, the key is named, and its value is not; then another release is installed',
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

    // Whose machine it is, is known now: the next refusal is told where its agent's logs are read.
    tell({ 'ap-agent-uid': 'bbbbbbbbbb', 'ap-heartbeat-url': `http://${CANARY}` })
    expect(await rerun()).toMatch(/ap-heartbeat-url must be an https address/)
    await eventually(() => isLogged(machine, 'the metadata key ap-heartbeat-url must be an https address'))

    tell({ 'ap-heartbeat-url': machine.heartbeatUrl, 'ap-openclaw-version': '2026.9.7' })
    expect(await rerun()).toContain('agents-plane: ready')
    await eventually(() => machine.beats.slice(delivered).some(({ body }) => body.first))
    expect(machine.beats.at(-1)?.body.openclawVersion).toBe('2026.9.7')
    expect(machine.downloaded).toEqual(['/npm/openclaw', '/npm/openclaw-2026.9.7.tgz'])
    expect(await machine.on('root', 'cat /var/lib/agents-plane/gateway-token')).toBe(token)
  }),
)

/** What a release left, but for the unit's own /tmp, which goes with the unit. */
const ELSEWHERE = "find / -xdev -path '/*tmp/systemd-private-*' -prune -o -user ap-install -print"

test(
  'a release runs as a user of its own where it is installed; then it is all root’s, and nothing that it started is left',
  onMachine(async () => {
    for (const version of ['2026.9.6', '2026.9.7']) {
      const first = `opt/agents-plane/openclaw/${version}/node_modules/openclaw/first-run.json`
      const { uid } = INSTALLER
      const bound = true
      expect(JSON.parse((await machine.fileIn(first)) ?? '')).toEqual({ runBy: uid, ownedBy: uid, bound })
    }
    expect(await machine.on('root', 'id -u ap-install; id -g ap-install')).toBe(`${INSTALLER.uid}\n${INSTALLER.gid}\n`)
    expect(
      await machine.on('root', 'find /opt/agents-plane ! -user root -o ! -group root -o -perm /6022 ! -type l'),
    ).toBe('')
    expect(await machine.on('root', ELSEWHERE)).toBe('')
    expect(await machine.on('root', 'find /proc -maxdepth 1 -user ap-install')).toBe('')
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
