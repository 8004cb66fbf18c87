import type { AgentSpec } from '../documents/agent.ts'
import { wantOf } from '../lifecycle/want.ts'
import type { MachineConfiguration } from '../ports/backend.ts'
import { channelSettings } from './channels.ts'
import { modelSettings } from './models.ts'
import { PLACEHOLDERS } from './placeholders.ts'
import { SECRET_PROVIDER, TOKEN_PROVIDER } from './secret-ref.ts'

/** The wishes of a spec that reach a running machine. The rest of a spec decides what the machine is made from. */
export type RuntimeWishes = Pick<AgentSpec, 'channels' | 'model' | 'openclawHeartbeat' | 'thinkingClock'>

/**
 * What a machine is told: OpenClaw's configuration and the thinking clock. It names secrets and holds none, and leaves
 * to the machine what only the machine knows. https://docs.openclaw.ai/gateway/configuration-reference
 */
export function machineConfiguration(wishes: RuntimeWishes): MachineConfiguration {
  const known = configurations.get(wishes)
  if (known !== undefined) return known
  const { thinkingClock } = wishes
  const told = { openclaw: openclawSettings(wishes), ...(thinkingClock && { thinkingClock }) }
  const configuration = { generation: wantOf(told), ...told }
  configurations.set(wishes, configuration)
  return configuration
}

/** A pass asks for the same wishes several times. */
const configurations = new WeakMap<RuntimeWishes, MachineConfiguration>()

function openclawSettings({ channels, model, openclawHeartbeat }: RuntimeWishes): Record<string, unknown> {
  const { providers, primary } = modelSettings(model)
  return {
    gateway: gatewaySettings,
    secrets: secretSettings,
    logging: { file: PLACEHOLDERS.logFile },
    discovery: { mdns: { mode: 'off' } },
    plugins: { entries: { 'admin-http-rpc': { enabled: true } } },
    models: { providers },
    agents: {
      defaults: {
        workspace: PLACEHOLDERS.workspace,
        model: { primary },
        heartbeat: heartbeatSettings(openclawHeartbeat?.every),
      },
    },
    ...(channels.length > 0 && { channels: channelSettings(channels) }),
  }
}

const gatewaySettings = {
  mode: 'local',
  bind: 'loopback',
  port: PLACEHOLDERS.port,
  auth: { mode: 'token', token: { source: 'file', provider: TOKEN_PROVIDER, id: 'value' } },
}

const secretSettings = {
  providers: {
    [TOKEN_PROVIDER]: { source: 'file', path: PLACEHOLDERS.tokenFile, mode: 'singleValue' },
    [SECRET_PROVIDER]: {
      source: 'exec',
      command: PLACEHOLDERS.resolver,
      // The second argument means nothing to the resolver: when it changes, OpenClaw resolves every secret again.
      args: [PLACEHOLDERS.secretsSource, PLACEHOLDERS.secretsRevision],
      passEnv: ['PATH'],
      timeoutMs: 10_000,
    },
  },
}

/** Every tick is a paid model turn, so it is off unless asked for, runs apart from the person's session, and is sent to nobody. */
const heartbeatSettings = (every = '0m'): Record<string, unknown> => ({
  every,
  target: 'none',
  lightContext: true,
  isolatedSession: true,
})
