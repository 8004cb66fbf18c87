import { stripVTControlCharacters } from 'node:util'

// Control characters, and the marks that make text read in another order than it stands.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/** Text from a document or a log as one line that cannot move the cursor, colour, hide or reorder anything. */
export const clean = (text: string): string => stripVTControlCharacters(text).replaceAll(UNSAFE, ' ')

/** JSON in which everything a terminal could act upon is escaped; it reads back the same. */
export const cleanJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replaceAll(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
