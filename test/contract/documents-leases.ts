import { expect, test } from 'vitest'
import type { Lease } from '../../shared/documents/heartbeat.ts'
import { uidOf } from '../../shared/documents/uid.ts'
import { acme, other } from './documents-subject.ts'
import type { DocumentsSubject } from './documents-subject.ts'
import { lease } from './statuses.ts'

/** What every store promises about leases and orphans. */
export function leasesContract(make: () => Promise<DocumentsSubject>): void {
  test('leases are kept by uid, and replaced whole', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    const uids = Array.from({ length: 100 }, (_, n) => uidOf('agent', String(n)))
    const first = new Map<string, Lease>(uids.map((uid) => [uid, lease({ channels: { telegram: 'connected' } })]))
    await subject.documents.writeLeases('acme', first)
    expect(await subject.documents.readLeases('acme')).toEqual(first)
    const [gone = '', changed = ''] = uids
    const bare = lease({ seenAtMs: 3, failing: ['telegram'] })
    await subject.documents.writeLeases(
      'acme',
      new Map([
        [gone, undefined],
        [changed, bare],
      ]),
    )
    const leases = await subject.documents.readLeases('acme')
    expect(leases.size).toBe(99)
    expect(leases.get(changed)).toEqual(bare)
    expect(await subject.documents.readLease(other(ada, changed))).toEqual(bare)
    expect(await subject.documents.readLease(other(ada, gone))).toBeUndefined()
  })

  test('a plane without heartbeats has no leases', async () => {
    const subject = await make()
    const { ada } = await acme(subject)
    await subject.documents.writeLeases('acme', new Map())
    expect(await subject.documents.readLeases('acme')).toEqual(new Map())
    expect(await subject.documents.readLease(ada)).toBeUndefined()
  })

  test('the orphans seen are those of the last sweep', async () => {
    const { documents } = await make()
    expect(await documents.readOrphans('acme')).toEqual({})
    await documents.writeOrphans('acme', { aaaaaaaaaa: 1, bbbbbbbbbb: 2 })
    await documents.writeOrphans('acme', { bbbbbbbbbb: 2 })
    expect(await documents.readOrphans('acme')).toEqual({ bbbbbbbbbb: 2 })
    expect(await documents.readLeases('acme')).toEqual(new Map())
  })
}
