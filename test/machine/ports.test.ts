import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { agentLayout } from '../../shared/process/layout.ts'
import { portReservation } from '../../shared/process/port-reservation.ts'

let stateDir: string
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'ap-ports-'))
})
afterEach(() => rm(stateDir, { recursive: true }))

const placeOf = (uid: string) => ({ project: 'p', region: 'r', zone: 'z', planeUid: 'planeaaaa2', uid })
const uidOf = (i: number): string =>
  `agent${'abcdefghij'.charAt(Math.floor(i / 26))}${String.fromCodePoint(97 + (i % 26))}aaa`

/** An agent's folder, as its disk makes it. */
const make = (uid: string) => mkdir(agentLayout(stateDir, { uid }).disk, { recursive: true })

test('two agents whose machines are made at once get two ports', async () => {
  const ports = portReservation(stateDir)
  const uids = [uidOf(0), uidOf(1)]
  await Promise.all(uids.map(make))
  expect(new Set(await Promise.all(uids.map((uid) => ports.reserve(placeOf(uid))))).size).toBe(2)
})

test('ports of agents that are gone are given out again, however many come and go', async () => {
  const ports = portReservation(stateDir)
  for (let i = 0; i < 130; i += 1) {
    await make(uidOf(i))
    await expect(ports.reserve(placeOf(uidOf(i)))).resolves.toBeGreaterThan(0)
    await rm(agentLayout(stateDir, { uid: uidOf(i) }).folder, { recursive: true })
  }
})
