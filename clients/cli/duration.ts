const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads `90s`, `10m`, `2h` or `1d` as milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
}

/** A duration for people, in its two largest units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h`, `4 d 1 h`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const s = Math.round(ms / 1000)
  if (s < 60) return `${s} s`
  if (s < 3600) return pair(s, 60, 'min', 's')
  if (s < 86_400) return pair(s / 60, 60, 'h', 'min')
  return pair(s / 3600, 24, 'd', 'h')
}

function pair(small: number, size: number, unit: string, smaller: string): string {
  const rest = Math.floor(small % size)
  return `${Math.floor(small / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}
