import type { Screen, Tone } from './terminal.ts'

/** What stands in one place of a table, as plain text. */
export type Cell = { readonly text: string; readonly tone?: Tone }

const GAP = 2

/** Rows as lines, each column as wide as its widest cell. Names, addresses and numbers: every character is one wide. */
export function columns(rows: readonly (readonly Cell[])[], screen: Screen): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length + GAP)
  return rows.map((row) => {
    const cells = row.map(({ text, tone }, column) => {
      const painted = tone === undefined ? text : screen.paint(tone, text)
      return painted + ' '.repeat((widths[column] ?? 0) - text.length)
    })
    return cells.join('').trimEnd()
  })
}
