import { invalid } from './errors.ts'
import type { Json } from './json.ts'

const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u
const RESERVED = /^goog(?:le)?-/
const MOST = 64

/** Throws INVALID_ARGUMENT for labels Google would not take: https://cloud.google.com/compute/docs/labeling-resources. */
export function checkLabels(labels: Json | undefined): void {
  const entries = Object.entries((labels ?? {}) as Readonly<Record<string, string>>)
  if (entries.length > MOST)
    throw invalid(`A resource cannot have more than ${MOST} labels; this one has ${entries.length}.`)
  for (const [key, value] of entries) {
    if (!KEY.test(key))
      throw invalid(`Invalid label key '${key}': lowercase letters, digits, '_' and '-', at most 63, a letter first.`)
    if (RESERVED.test(key)) throw invalid(`Invalid label key '${key}': the prefix is reserved.`)
    if (!VALUE.test(value))
      throw invalid(`Invalid label value '${value}' of '${key}': lowercase letters, digits, '_' and '-', at most 63.`)
  }
}
