import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { shownErrors } from '../../infra/local/shown-errors.ts'

const entry = (severity: string, fields: object = {}): string =>
  `${JSON.stringify({ severity, message: 'event.dropped', ...fields })}\n`

function shown(...lines: readonly string[]): readonly string[] {
  const said: string[] = []
  const show = shownErrors((line) => said.push(line))
  for (const line of lines) show(line)
  return said
}

test('an error is shown once in a row, with what is known of it, and nothing else is', () => {
  const failed = entry('ERROR', { step: 'machine', reason: 'HTTP 500', error: { message: 'away' } })
  const said = shown(entry('INFO'), failed, failed, entry('WARNING'), entry('ERROR'))
  expect(said.map((line) => stripVTControlCharacters(line))).toEqual([
    '✗ event.dropped · machine · HTTP 500 · away',
    '✗ event.dropped',
  ])
})

test('what a document is called cannot act on the terminal', () => {
  const [said = ''] = shown(entry('ERROR', { reason: 'planes/a\u001b[2Jb\nc\u202ed is over 512 KB' }))
  expect(said).toContain('planes/ab c d is over 512 KB')
})
