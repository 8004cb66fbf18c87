/**
 * A number from 0 to 1, always the same for the same text: what spreads many over a range without chance.
 * FNV-1a, with the last step of Murmur: http://www.isthe.com/chongo/tech/comp/fnv
 */
export function fractionOf(text: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
