import { asText } from '../json.ts'
import type { Json } from '../json.ts'
import type { Schema } from './descriptions.ts'

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const DURATION = /^-?\d+(?:\.\d{1,9})?s$/
const FIELD_MASK = /^[A-Za-z_][\w.]*(?:,[A-Za-z_][\w.]*)*$/

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

function inRange(digits: string, { format = '', minimum, maximum }: Schema): boolean {
  if (!/^-?\d{1,20}$/.test(digits)) return false
  const value = BigInt(digits)
  const [low, high] = RANGES[format] ?? [value, value]
  const least = minimum === undefined ? low : BigInt(minimum)
  const most = maximum === undefined ? high : BigInt(maximum)
  return value >= low && value <= high && value >= least && value <= most
}

/** 64-bit numbers are text in JSON; a safe whole number is understood too, as protocol buffers do. */
const isLong = (value: Json, schema: Schema): boolean =>
  typeof value === 'string' ? inRange(value, schema) : Number.isSafeInteger(value) && inRange(asText(value), schema)

function isText(value: Json, { format, pattern }: Schema): boolean {
  if (typeof value !== 'string') return false
  if (format === 'byte') return BASE64.test(value)
  if (format === 'google-datetime') return DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))
  if (format === 'google-duration') return DURATION.test(value)
  if (format === 'google-fieldmask') return FIELD_MASK.test(value)
  return pattern === undefined || value === '' || new RegExp(`^(?:${pattern})$`).test(value)
}

/** What is wrong with one value that is no object and no list; undefined when nothing is. */
export function problemOf(value: Json, schema: Schema): string | undefined {
  const shown = JSON.stringify(value)
  if (schema.enum !== undefined && !schema.enum.includes(asText(value)))
    return `${shown} is not one of ${schema.enum.slice(0, 8).join(', ')}`
  const long = schema.format === 'int64' || schema.format === 'uint64'
  const fits =
    schema.type === 'string'
      ? long
        ? isLong(value, schema)
        : isText(value, schema)
      : schema.type === 'integer'
        ? Number.isInteger(value) && inRange(asText(value), schema)
        : schema.type === 'any' || typeof value === schema.type
  if (fits) return undefined
  const wanted = [schema.type, schema.format, schema.pattern && `matching ${schema.pattern}`].filter(Boolean).join(' ')
  return `${shown} is not a ${wanted}`
}
