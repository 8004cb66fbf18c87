import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identityLabels } from '../../shared/documents/labels.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { Item } from '../../shared/ports/backend.ts'
import { processOwnerAccess } from '../../shared/process/access.ts'
import { agentLayout } from '../../shared/process/layout.ts'
import { openStage, wishes } from './stage.ts'
import type { Stage } from './stage.ts'

const DAMAGED = '{"uniqueId": "12'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

/** Another agent of the same plane, whose records get damaged. */
const placeOf = ({ place }: Stage): Stage['place'] => ({ ...place, uid: 'aaaaaaaaaa' })

async function damage(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, DAMAGED)
}

async function provision({ backend, intent }: Stage, place: Stage['place']): Promise<void> {
  const labels = identityLabels(place)
  await backend.identity.create(intent, place)
  await backend.disks.create(intent, place, labels)
  await backend.egress.set(intent, place, { mode: 'open', domains: [] })
  await backend.secrets.create(intent, place, 'key', labels)
}

async function listed({ backend, place }: Stage): Promise<readonly string[]> {
  const items: Item[] = []
  for await (const page of backend.inventory.list(place)) items.push(...page)
  return items.map(({ uid, kind }) => `${uid} ${kind}`).toSorted()
}

type Touch = (stage: Stage, place: Stage['place']) => Promise<unknown>

const machine = (at: Stage, place: Stage['place']) =>
  at.backend.machines.insert(at.intent, place, {
    shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: '1', diskId: '1' },
    configuration: machineConfiguration(wishes),
    labels: identityLabels(place),
    restart: 0,
  })

const cases: [kind: Item['kind'], file: (paths: Stage['paths']) => string, touches: readonly Touch[]][] = [
  [
    'account',
    ({ account }) => account,
    [(at, place) => at.backend.identity.find(place), (at, place) => at.backend.identity.create(at.intent, place)],
  ],
  [
    'disk',
    ({ diskRecord }) => diskRecord,
    [
      (at, place) => at.backend.disks.find(place),
      (at, place) => at.backend.disks.create(at.intent, place, identityLabels(place)),
      (at, place) => at.backend.disks.delete(at.intent, place),
    ],
  ],
  ['egress', ({ egress }) => egress, [(at, place) => at.backend.egress.find(place)]],
  ['secret', ({ secrets }) => join(secrets, 'key.json'), [(at, place) => at.backend.secrets.list(place)]],
  ['machine', ({ machineRecord }) => machineRecord, [(at, place) => at.backend.machines.find(place), machine]],
]

describe('a damaged record', () => {
  test.each(cases)(
    'of %s hides nothing else, is named by whoever needs it, and is left alone',
    async (...[kind, file, touches]) => {
      const place = placeOf(stage)
      const path = file(agentLayout(stage.stateDir, place))
      await provision(stage, stage.place)
      await provision(stage, place)
      const before = await listed(stage)
      await damage(path)
      expect(await listed(stage)).toEqual(before.filter((item) => item !== `${place.uid} ${kind}`))
      for (const touch of touches)
        await expect(touch(stage, place)).rejects.toMatchObject({
          kind: 'Invalid',
          message: `${path} is damaged: restore it from a backup, or delete it to have it made anew; then retry`,
        })
      expect(await readFile(path, 'utf8')).toBe(DAMAGED)
    },
  )

  test('of one agent keeps no other from getting a machine', async () => {
    await damage(agentLayout(stage.stateDir, placeOf(stage)).machineRecord)
    expect(await stage.insert()).toMatchObject({ state: 'running' })
  })

  test('of an agent makes it one that cannot be opened, not one that cannot be shown', async () => {
    await damage(agentLayout(stage.stateDir, placeOf(stage)).machineRecord)
    expect(await processOwnerAccess(stage).show(placeOf(stage))).toBeUndefined()
  })
})
