/** Where things are on an agent's virtual machine. The units and the startup script name the same places. */
export const LAYOUT = {
  /** What the machine was told at boot, checked. Written by root, readable by all; holds no secret. */
  facts: '/run/agents-plane/facts.json',
  /** Where only the gateway's user may ask for secrets. */
  secretsSocket: '/run/agents-plane/secrets.sock',
  /** Written by the reporter, read by the supervisor. */
  configuration: '/run/agents-plane/beat/configuration.json',
  /** Written by the supervisor, read by the reporter. */
  observation: '/run/agents-plane/gateway/observation.json',
  /** Writing it makes systemd start the gateway, or start it again. */
  restart: '/run/agents-plane/gateway/restart',
  /** There while the gateway's last end was a refusal of its configuration or its database. */
  refused: '/run/agents-plane/gateway/refused',
  /** How far the journal has been sent; on the boot disk, so that a machine that was stopped goes on from there. */
  logCursor: '/var/lib/agents-plane-logs/cursor',
  /** The data disk: survives the machine. */
  disk: '/var/lib/agents-plane',
  /** Goes with the machine. */
  cache: '/var/cache/agents-plane/openclaw',
  releases: '/opt/agents-plane/openclaw',
} as const

/** The Unix user `ap-install`, as the startup script makes it: runs npm, and OpenClaw where that may still be written to. */
export const INSTALLER = { uid: 874, gid: 874 } as const

/** Where the gateway listens, on loopback only. */
export const GATEWAY_PORT = 18789

/** Where the demo model listens, on loopback only; below every port that OpenClaw derives from its own. */
export const DEMO_MODEL_PORT = 18709
