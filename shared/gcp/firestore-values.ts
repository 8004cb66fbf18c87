import { Timestamp } from '@google-cloud/firestore'

/** A time in microseconds since 1970, as decimal text: what generations and versions are. */
export const microsOf = ({ seconds, nanoseconds }: Timestamp): string =>
  String(BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000)))

/** The time that `microsOf` was made from. */
export function timestampOf(micros: string): Timestamp {
  const value = BigInt(micros)
  return new Timestamp(Number(value / 1_000_000n), Number(value % 1_000_000n) * 1000)
}

/** A time as ISO 8601 text with microseconds. */
export function momentOf({ seconds, nanoseconds }: Timestamp): string {
  const micros = String(Math.floor(nanoseconds / 1000)).padStart(6, '0')
  return new Date(seconds * 1000).toISOString().replace('.000Z', `.${micros}Z`)
}

/**
 * A Firestore value as plain data. Total, because anybody with the right to write a spec chooses its types: what is
 * neither data nor a time (a reference, bytes, a point) becomes a symbol, which no schema accepts.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return momentOf(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return Symbol(value.constructor.name)
  return mapped(value, plain)
}

/** The same data without fields that are undefined, which Firestore refuses. */
export function defined<T>(value: T): T
export function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return mapped(value, defined)
}

function mapped(fields: object, change: (value: unknown) => unknown): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value)]))
}
