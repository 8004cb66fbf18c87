import { gzipSync } from 'fflate'

/** A file of an archive: its path inside, and what it holds. */
export type Packed = { readonly path: string; readonly content: Uint8Array }

const BLOCK = 512
const encoder = new TextEncoder()

/**
 * Packs files as a compressed tar archive: the same bytes for the same files, whoever packs them, and whenever.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 @throws when a path is too long
 */
export function tarball(files: readonly Packed[]): Uint8Array {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const parts = sorted.flatMap(({ path, content }) => [header(path, content.length), content, padding(content.length)])
  return gzipSync(joined([...parts, new Uint8Array(2 * BLOCK)]), { level: 9, mtime: 0 })
}

function header(path: string, size: number): Uint8Array {
  if (path.length > 99) throw new Error(`${path} is too long a path for the archive`)
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, path],
    [100, octal(0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    // The checksum counts itself as spaces.
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0'],
    [263, '00'],
  ]
  const block = new Uint8Array(BLOCK)
  for (const [offset, text] of fields) block.set(encoder.encode(text), offset)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.set(encoder.encode(`${octal(sum, 6)}\0 `), 148)
  return block
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')

const padding = (size: number): Uint8Array => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK)

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
