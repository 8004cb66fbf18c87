import type { Place } from '../../documents/names.ts'
import type { Machine, MachineConfiguration, MachineShape, MachineWanted } from '../../ports/backend.ts'
import { ProviderError } from '../../ports/errors.ts'

/** The program every machine boots with: the same for all, so that its hash says which one a machine has. */
export type StartupScript = { readonly text: string; readonly sha256: string }

/** What a machine is told besides what its agent's spec says. */
export type Told = { readonly startupScript: StartupScript; readonly heartbeatUrl: string }

/** One entry, as Compute Engine's clients have it. */
export type MetadataItem = { readonly key?: string | null; readonly value?: string | null }

/** Keys a machine reads, and keys in which the plane keeps what an instance does not say of itself. */
export const KEYS = {
  startupScript: 'startup-script',
  plane: 'ap-plane',
  uid: 'ap-agent-uid',
  heartbeatUrl: 'ap-heartbeat-url',
  openclawVersion: 'ap-openclaw-version',
  configuration: 'ap-configuration',
  restart: 'ap-restart',
  accountId: 'ap-account-id',
  diskId: 'ap-disk-id',
} as const

/**
 * What every machine's guest agent is told: people log in with OS Login only, nobody reads or writes the serial port.
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 */
const HARDENING = {
  'enable-oslogin': 'TRUE',
  'block-project-ssh-keys': 'TRUE',
  'serial-port-enable': 'FALSE',
  'serial-port-logging-enable': 'FALSE',
  'disable-legacy-endpoints': 'TRUE',
  'enable-guest-attributes': 'FALSE',
  'enable-osconfig': 'FALSE',
} as const

/** A machine's metadata; no secret is in it. @throws ProviderError Invalid when a value, or all of it, is too large */
export function metadataOf(place: Place, { shape, configuration, restart }: MachineWanted, told: Told): MetadataItem[] {
  return checked({
    ...configured(configuration, told),
    [KEYS.startupScript]: told.startupScript.text,
    [KEYS.plane]: place.planeUid,
    [KEYS.uid]: place.uid,
    [KEYS.openclawVersion]: shape.openclawVersion,
    [KEYS.restart]: String(restart),
    [KEYS.accountId]: shape.accountId,
    [KEYS.diskId]: shape.diskId,
  })
}

/** Metadata with these entries changed and all others as they are. @throws ProviderError Invalid when it is too large */
export const withEntries = (
  items: readonly MetadataItem[],
  changes: Readonly<Record<string, string>>,
): MetadataItem[] => checked({ ...entriesOf(items), ...changes })

/** What tells a running machine its configuration and its plane, and closes again what somebody may have opened. */
export const configured = (
  configuration: MachineConfiguration,
  { heartbeatUrl }: Pick<Told, 'heartbeatUrl'>,
): Readonly<Record<string, string>> => ({
  ...HARDENING,
  [KEYS.heartbeatUrl]: heartbeatUrl,
  [KEYS.configuration]: JSON.stringify(configuration),
})

/** Metadata by key. */
export const entriesOf = (items: readonly MetadataItem[]): Readonly<Record<string, string>> =>
  Object.fromEntries(items.map(({ key, value }) => [key ?? '', value ?? '']))

const OURS: ReadonlySet<string> = new Set([...Object.values(KEYS), ...Object.keys(HARDENING)])

/**
 * What somebody else wrote into a machine's metadata, where guest agents take orders, in words. Other releases of ours
 * have other keys, which all begin alike and mean nothing to Google's agents.
 */
export function foreignEntries(entries: Readonly<Record<string, string>>, place: Place): readonly string[] {
  const foreign = Object.keys(entries).filter((key) => !OURS.has(key) && !key.startsWith('ap-'))
  const isItself = entries[KEYS.plane] === place.planeUid && entries[KEYS.uid] === place.uid
  return [...foreign.map((key) => `its metadata has "${key}"`), ...(isItself ? [] : ['it is told that it is another'])]
}

/** What was written when the machine was made or last changed. What somebody else has changed since reads as something else. */
export function readBack(entries: Readonly<Record<string, string>>): Pick<Machine, 'generation' | 'restart'> & {
  readonly shape: Omit<MachineShape, 'machineType'>
} {
  const isHardened = Object.entries(HARDENING).every(([key, value]) => entries[key] === value)
  return {
    shape: {
      openclawVersion: entries[KEYS.openclawVersion] ?? '',
      accountId: entries[KEYS.accountId] ?? '',
      diskId: entries[KEYS.diskId] ?? '',
    },
    // Without a generation it is configured again, and that closes what was opened.
    generation: isHardened ? generationOf(entries[KEYS.configuration]) : '',
    restart: Number(entries[KEYS.restart] ?? -1),
  }
}

function generationOf(configuration = ''): string {
  try {
    const { generation } = JSON.parse(configuration) as { readonly generation?: unknown }
    return typeof generation === 'string' ? generation : ''
  } catch {
    return ''
  }
}

/** https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations */
const MOST_BYTES = { value: 256 * 1024, all: 512 * 1024 }

function checked(entries: Readonly<Record<string, string>>): MetadataItem[] {
  const items = Object.entries(entries).map(([key, value]) => ({ key, value }))
  const sizes = items.map(({ key, value }) => ({ key, bytes: Buffer.byteLength(value) }))
  const large = sizes.find(({ bytes }) => bytes > MOST_BYTES.value)
  if (large !== undefined) throw tooLarge(`its entry ${large.key}`, large.bytes, MOST_BYTES.value)
  const bytes = sizes.reduce((sum, { key, bytes }) => sum + Buffer.byteLength(key) + bytes, 0)
  if (bytes > MOST_BYTES.all) throw tooLarge('all of it', bytes, MOST_BYTES.all)
  return items
}

const tooLarge = (what: string, bytes: number, most: number): ProviderError =>
  new ProviderError(
    'Invalid',
    `the machine's metadata is too large: ${what} has ${bytes} bytes of at most ${most}; ` +
      'give the agent fewer channels or shorter prompts',
  )
