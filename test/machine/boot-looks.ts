import { createLocalJWKSet } from 'jose'
import { expect } from 'vitest'
import { startupScript } from '../../infra/machine/vm/startup-script.ts'
import { identityVerifier } from '../../shared/gcp/identity-token.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { RuntimeWishes } from '../../shared/openclaw/configuration.ts'
import { until } from '../../shared/process/until.ts'
import type { Beat } from './boot-surroundings.ts'
import type { Booted } from './booted.ts'
import { PATIENCE_MS } from '../fakes/patience.ts'
import { eventually } from './stage.ts'

/** Waits until something is so on a machine. Each look starts programs there, so it takes few. */
export async function eventuallyThere(check: () => Promise<boolean>): Promise<void> {
  expect(await until(check, { withinMs: PATIENCE_MS, everyMs: 500 })).toBe(true)
}

/** Asks for a secret as OpenClaw does: the command it was given, with nothing but PATH. */
export const resolve = (machine: Booted, id: string): Promise<string> =>
  machine.on(
    'openclaw',
    `export PATH=/opt/agents-plane/node/bin:/usr/bin:/bin
     of() { node -p "require('/var/lib/agents-plane/openclaw/openclaw.json').secrets.providers.agent.$1"; }
     echo '{"protocolVersion":1,"provider":"agent","ids":["${id}"]}' | env -i PATH="$PATH" "$(of command)" "$(of 'args[0]')"`,
  )

/** Asks the metadata server for the machine's token; the HTTP status, and what curl makes of it. */
export const askMetadata = (machine: Booted, user: string, address: string): Promise<string> =>
  machine.on(
    user,
    `curl --silent --max-time 10 --header Metadata-Flavor:Google --write-out '%{http_code} %{exitcode}' --output /dev/null \
      http://${address}/computeMetadata/v1/instance/service-accounts/default/token || true`,
  )

/** What a unit's own process finds where the data disk is. */
export const dataDiskOf = (machine: Booted, unit: string): Promise<string> =>
  machine.on('root', `ls -A /proc/$(systemctl show --value --property=MainPID ${unit})/root/var/lib/agents-plane`)

/** Whether Cloud Logging was told something. */
export const isLogged = ({ logged }: Booted, text: string): boolean =>
  logged.flatMap(({ entries }) => entries).some(({ textPayload }) => textPayload.includes(text))

/** Whether Cloud Logging has every start of a unit that the journal has, each once. */
export async function isAllSent(machine: Booted, unit: string): Promise<boolean> {
  const line = `Started ${unit}`
  const kept = await machine.on('root', `journalctl --unit=${unit} --output=cat | grep --count '^${line}' || true`)
  const sent = machine.logged.flatMap(({ entries }) => entries).filter(({ textPayload }) => textPayload.includes(line))
  const times = sent.map(({ insertId }) => insertId)
  return times.length > 0 && times.length === Number(kept) && new Set(times).size === times.length
}

/** What the startup script is responsible for: files by content and time, users, rules, and processes. */
export const picture = (machine: Booted): Promise<string> =>
  machine.on(
    'root',
    `find /opt /etc /usr/local /var/lib/agents-plane -xdev -not -path '*/openclaw/openclaw.json*' -printf '%p %m %u %T@ %l\\n' | sort
     nft list ruleset | sed 's/packets.*bytes [0-9]*//'
     systemctl list-units --all --plain --no-legend 'ap-*' agents-plane.target
     systemctl show --property=MainPID,ActiveEnterTimestampMonotonic ap-beat ap-broker ap-supervisor ap-gateway ap-facts`,
  )

/** A startup script that takes the Node.js that is served here for the pinned one: nodejs.org's own cannot be packed again. */
export const forServedNode = (script: string, { nodeSha256 }: Booted): string =>
  script.replace(/(?<=NODE_SHA256=)\w+/, nodeSha256)

/** The metadata that a machine is made with, but for its configuration. */
export const newMachine = async (machine: Booted): Promise<Readonly<Record<string, string>>> => ({
  'startup-script': forServedNode((await startupScript()).text, machine),
  'ap-plane': 'aaaaaaaaaa',
  'ap-agent-uid': 'bbbbbbbbbb',
  'ap-heartbeat-url': machine.heartbeatUrl,
  'ap-openclaw-version': '2026.9.6',
  'ap-restart': '0',
})

/** The metadata by which a machine is told what its agent wishes. */
export const configuration = (wishes: RuntimeWishes): Readonly<Record<string, string>> => ({
  'ap-configuration': JSON.stringify(machineConfiguration(wishes)),
})

/** The heartbeat that first reports a gateway ready at what was wished. */
export async function readyAt(machine: Booted, wishes: RuntimeWishes): Promise<Beat> {
  const { generation } = machineConfiguration(wishes)
  const found = (): Beat | undefined =>
    machine.beats.find(({ body }) => body.ready && body.first && body.appliedGeneration === generation)
  await eventually(() => found() !== undefined)
  const beat = found()
  if (beat === undefined) throw new Error('there was no such heartbeat')
  return beat
}

/** What a machine's token proves, by the verifier of the function `heartbeat`. */
export const verified = (machine: Booted, token: string): ReturnType<ReturnType<typeof identityVerifier>> =>
  identityVerifier({
    issuer: 'https://accounts.google.com',
    audience: machine.heartbeatUrl,
    keys: createLocalJWKSet(machine.jwks),
    clock: { nowMs: Date.now },
  })(token)
