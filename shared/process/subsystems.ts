/** Parts of a machine that speak of its life, not of what was said on it. */
const SUBSYSTEMS = new Set([
  'machine',
  'gateway',
  'channels',
  'cron',
  'health-monitor',
  'heartbeat',
  'plugins',
  'reload',
  'secrets',
  'signal',
  'slack',
  'telegram',
  'whatsapp',
])

/** Whether lines of this subsystem may be shown: `telegram/inbound` is one of `telegram`. */
export const speaksOfLife = (subsystem: string): boolean => SUBSYSTEMS.has(subsystem.split('/')[0] ?? '')
