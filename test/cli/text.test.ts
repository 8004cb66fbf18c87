import { expect, test } from 'vitest'
import { clean, cleanJson } from '../../clients/cli/clean.ts'
import { columns } from '../../clients/cli/columns.ts'
import { formatDuration, parseDuration } from '../../clients/cli/duration.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

test.each([
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['0s', undefined],
  ['10', undefined],
  ['m', undefined],
  ['1.5h', undefined],
  ['-1m', undefined],
  ['10m ', undefined],
])('the duration "%s" is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  [0, '0.0 s'],
  [149, '0.1 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [3_599_000, '59 min 59 s'],
  [7_800_000, '2 h 10 min'],
  [90_000_000, '1 d 1 h'],
])('%i ms is told as "%s"', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  ['plain text, grüße and 漢字', 'plain text, grüße and 漢字'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007text', 'text'],
  ['two\r\nlines', 'two lines'],
  ['csi \u009b2J end', 'csi  end'],
  ['turned \u202eround', 'turned  round'],
  ['nul\u0000 and del\u007f', 'nul  and del '],
])('%j is shown as %j', (text, shown) => {
  expect(clean(text)).toBe(shown)
})

test('JSON reads back the same, and holds nothing a terminal would act upon', () => {
  const value = { text: 'a\u001b[2J\u009b\u007f\u202e' }
  const json = cleanJson(value)
  expect(json).toMatch(/^[ -~]+$/)
  expect(JSON.parse(json)).toEqual(value)
})

test('columns are as wide as what is read in them, whatever colours it has', () => {
  const screen = { ...fakeTerminal().out, paint: (tone: string, text: string) => `<${tone}>${text}</>` }
  const rows = [
    [{ text: 'NAME', tone: 'gray' }, { text: 'PHASE' }, { text: 'OWNER' }],
    [{ text: 'a' }, { text: 'Provisioning', tone: 'yellow' }, { text: '' }],
  ] as const
  expect(columns(rows, screen)).toEqual(['<gray>NAME</>  PHASE         OWNER', 'a     <yellow>Provisioning</>'])
})
