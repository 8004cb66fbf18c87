import { describe, expect, test } from 'vitest'
import { parseJournalLine } from '../../infra/machine/vm/journal-line.ts'

const GATEWAY = '2026-09-01T12:00:00.000+00:00'

const entry = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    __CURSOR: 's=1;i=2',
    __REALTIME_TIMESTAMP: '1788264000000123',
    _PID: '700',
    _SYSTEMD_UNIT: 'ap-beat.service',
    PRIORITY: '6',
    ...fields,
  })

const ofGateway = (message: unknown): string =>
  entry({ _SYSTEMD_UNIT: 'ap-gateway.service', PRIORITY: '4', MESSAGE: message })

describe('a line of the journal', () => {
  test('has its time to the microsecond, its unit, and its severity', () => {
    expect(parseJournalLine(entry({ MESSAGE: 'configuration  g1 is\nwanted' }))).toEqual({
      cursor: 's=1;i=2',
      at: '2026-09-01T12:00:00.000123Z',
      severity: 'INFO',
      text: '[beat] configuration g1 is wanted',
    })
  })

  test.each([
    ['0', 'ERROR'],
    ['3', 'ERROR'],
    ['4', 'WARNING'],
    ['5', 'INFO'],
    ['9', 'INFO'],
    [undefined, 'INFO'],
  ])('of priority %s is %s', (priority, severity) => {
    expect(parseJournalLine(entry({ MESSAGE: 'x', PRIORITY: priority }))?.severity).toBe(severity)
  })

  test('that systemd says of a unit is of that unit', () => {
    const said = { MESSAGE: 'Started', _PID: '1', _SYSTEMD_UNIT: 'init.scope', UNIT: 'ap-gateway.service' }
    expect(parseJournalLine(entry(said))?.text).toBe('[gateway] Started')
  })

  test.each([
    ['a unit of its own choice', { MESSAGE: 'x', UNIT: 'ap-beat.service', _SYSTEMD_UNIT: 'ssh.service' }],
    ['no unit', { MESSAGE: 'x', _SYSTEMD_UNIT: undefined }],
    ['a unit that is not ours', { MESSAGE: 'x', _SYSTEMD_UNIT: 'ap-beat.service.evil' }],
    ['its sender', { MESSAGE: 'x', _SYSTEMD_UNIT: 'ap-logs.service' }],
    ['nothing to say', { MESSAGE: ' ' }],
    ['two messages', { MESSAGE: ['a', 'b'] }],
    ['no cursor', { MESSAGE: 'x', __CURSOR: undefined }],
    ['no time', { MESSAGE: 'x', __REALTIME_TIMESTAMP: 'now' }],
  ])('with %s stays on the machine', (_, fields) => {
    expect(parseJournalLine(entry(fields))).toBeUndefined()
  })

  test.each([
    [`${GATEWAY} [gateway] ready`, '[gateway] ready'],
    [`${GATEWAY} [telegram/default] connected`, '[telegram/default] connected'],
    [`${GATEWAY} [conversation] what a person said`, undefined],
    [`${GATEWAY} [agent/embedded] what a person said`, undefined],
    ['what a person said', undefined],
  ])('of the gateway leaves the machine only where it is about its own life: %s', (message, text) => {
    expect(parseJournalLine(ofGateway(message))?.text).toBe(text)
  })

  test('of the gateway is judged as the gateway’s whatever unit it claims', () => {
    const claimed = { MESSAGE: 'what a person said', UNIT: 'ap-beat.service', _SYSTEMD_UNIT: 'ap-gateway.service' }
    expect(parseJournalLine(entry(claimed))).toBeUndefined()
  })

  test('loses what looks like a secret, also where it came as bytes', () => {
    const bytes = [...Buffer.from('sent Bearer abcdefghijklmnop')]
    for (const message of ['sent Bearer abcdefghijklmnop', bytes])
      expect(parseJournalLine(entry({ MESSAGE: message }))?.text).toBe('[beat] sent [redacted]')
  })

  test('of more than 4 KB is named and not repeated', () => {
    expect(parseJournalLine(ofGateway(null))?.text).toContain('a line of more than 4 KB')
    expect(Buffer.byteLength(parseJournalLine(entry({ MESSAGE: 'x'.repeat(9000) }))?.text ?? '')).toBe(4096)
  })
})
