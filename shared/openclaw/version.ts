/** The oldest release this configuration and these probes were seen to work with. */
export const OPENCLAW_MINIMUM = '2026.9.6'

/** Disk space one installed release takes, in megabytes. */
export const OPENCLAW_INSTALL_MB = 650

/** Exit code of a gateway that must not be started again as it is: its configuration or its database is refused. */
export const EXIT_CONFIGURATION = 78

/** Whether a release is new enough. Releases are dates: `2026.9.10` is newer than `2026.9.6`. */
export function isSupported(version: string): boolean {
  const [wanted, least] = [version, OPENCLAW_MINIMUM].map((text) => text.split('.').map(Number))
  const index = least?.findIndex((part, at) => wanted?.[at] !== part) ?? -1
  return index < 0 || (wanted?.[index] ?? 0) > (least?.[index] ?? 0)
}
