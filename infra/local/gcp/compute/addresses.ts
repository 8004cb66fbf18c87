import { invalid } from '../errors.ts'

/** An IPv4 range: its first address as a number, and how many addresses it has. */
export type Range = { readonly first: number; readonly size: number; readonly prefix: number }

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const CIDR = new RegExp(`^(${OCTET}(?:\\.${OCTET}){3})/(\\d|[12]\\d|3[0-2])$`)

/** An IPv4 address as a number. Throws for what is none. */
export function addressOf(text: string, field: string): number {
  if (!new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`).test(text))
    throw invalid(`Invalid value for field 'resource.${field}': '${text}'. An IPv4 address is expected.`)
  return text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}

export const showAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')

/** A range in CIDR form. Throws when it is none, or when bits are set after the prefix. */
export function rangeOf(cidr: string, field: string): Range {
  const [, address = '', length = ''] = CIDR.exec(cidr) ?? []
  if (address === '')
    throw invalid(`Invalid value for field 'resource.${field}': '${cidr}'. A range in CIDR form is expected.`)
  const prefix = Number(length)
  const [first, size] = [addressOf(address, field), 2 ** (32 - prefix)]
  if (first % size !== 0)
    throw invalid(
      `Invalid value for field 'resource.${field}': '${cidr}'. Bits are set after the prefix; ${showAddress(first - (first % size))}/${prefix} is meant?`,
    )
  return { first, size, prefix }
}

export const overlap = (a: Range, b: Range): boolean => a.first < b.first + b.size && b.first < a.first + a.size

export const contains = (range: Range, address: number): boolean =>
  address >= range.first && address < range.first + range.size
