/** A number from 0 to 1, always the same for the same text: what spreads many over a range without chance. */
export function fractionOf(text: string): number {
  let sum = 7
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_003
  return sum / 1_000_003
}
