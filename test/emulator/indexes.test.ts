import { readFile } from 'node:fs/promises'
import { expect, inject, test } from 'vitest'
import { z } from 'zod'
import { firestoreDocuments } from '../../shared/gcp/documents.ts'
import { firestoreSpecs } from '../../shared/gcp/firestore-specs.ts'
import { agentFields, agentStatus, lease, planeFields, planeStatus } from '../contract/statuses.ts'
import { recordingLog } from '../fakes/log.ts'
import { freshProject } from './project.ts'

const Scope = z.enum(['COLLECTION', 'COLLECTION_GROUP'])
const Field = z.object({ fieldPath: z.string(), order: z.string() })
const Used = z.object({
  reports: z
    .array(z.object({ index: z.object({ name: z.string(), queryScope: Scope, fields: z.array(Field) }) }))
    .default([]),
})
const Declared = z.object({
  indexes: z.array(z.object({ collectionGroup: z.string(), queryScope: Scope, fields: z.array(Field) })),
  fieldOverrides: z.array(
    z.object({
      collectionGroup: z.string(),
      fieldPath: z.string(),
      indexes: z.array(z.object({ order: z.string(), queryScope: Scope })),
    }),
  ),
})

/** An index on one line. Every index ends in the document's name, which nobody writes down. */
const line = (collection: string, scope: string, fields: readonly z.infer<typeof Field>[]): string =>
  [collection, scope, ...fields.filter((field) => field.fieldPath !== '__name__').map(Object.values)].join(' ')

const declarations = async (): Promise<z.infer<typeof Declared>> =>
  Declared.parse(JSON.parse(await readFile(new URL('../../infra/firestore.indexes.json', import.meta.url), 'utf8')))

/** Indexes that are declared, and that a database does not have by itself. */
async function declared(): Promise<readonly string[]> {
  const { indexes, fieldOverrides } = await declarations()
  const composite = indexes.map((index) => line(index.collectionGroup, index.queryScope, index.fields))
  const single = fieldOverrides.flatMap(({ collectionGroup, fieldPath, indexes: wanted }) =>
    wanted
      .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
      .map(({ order, queryScope }) => line(collectionGroup, queryScope, [{ fieldPath, order }])),
  )
  return [...composite, ...single].toSorted()
}

/** Indexes that a project's queries have needed so far, beyond those that a database has by itself. */
async function needed(project: string): Promise<readonly string[]> {
  const database = `projects/${project}/databases/(default)`
  const url = `http://${inject('firestoreHost')}/emulator/v1/projects/${project}:indexUsage?database=${database}`
  const { reports } = Used.parse(await (await fetch(url)).json())
  return reports
    .map(({ index }) => line(/collectionGroups\/([^/]+)/.exec(index.name)?.[1] ?? '', index.queryScope, index.fields))
    .toSorted()
}

test('every query is served by a declared index', async () => {
  const { id, firestore } = freshProject()
  const { log } = recordingLog()
  const documents = firestoreDocuments(firestore, log)
  const specs = firestoreSpecs(firestore, { nowMs: () => 0 }, log)
  const plane = await specs.createPlane('acme', planeFields)
  await documents.createStatus(plane, planeStatus(plane, { target: 'absent' }))
  const ada = await specs.createAgent('acme', 'ada', agentFields)
  await documents.createStatus(ada, agentStatus(ada))
  await documents.writeLeases('acme', new Map([[ada.uid, lease()]]))
  await Promise.all([
    documents.findAgentByUid(ada.uid),
    documents.findPredecessor(ada),
    documents.viewPlane(plane),
    documents.viewAgent(ada),
    documents.listPlanes(),
    documents.readLeases('acme'),
    specs.listPlanes(),
    specs.listAgents('acme'),
    specs.listAgents('acme', { owner: 'ada@acme.com' }),
    specs.countAgents('acme'),
    specs.listAgentStatuses('acme', { includePurged: true }),
    specs.listMembers('acme'),
    specs.findAudit('acme', 'key'),
    specs.listAudit('acme', { limit: 1 }),
    specs.listAudit('acme', { limit: 1, agent: 'ada' }),
  ])
  for await (const page of documents.listStatuses('acme')) expect(page).toHaveLength(1)
  for await (const page of documents.listSpecs('acme')) expect(page).toHaveLength(1)
  expect(await needed(id)).toEqual(await declared())
})

test('the emulator reports a query that no index serves', async () => {
  const { id, firestore } = freshProject()
  await firestore.collection('things').where('a', '==', 1).orderBy('b').get()
  expect(await needed(id)).toEqual(['things COLLECTION a,ASCENDING b,ASCENDING'])
})

test('leases are not indexed: a heartbeat changes a thousand fields', async () => {
  const { fieldOverrides } = await declarations()
  expect(fieldOverrides).toContainEqual({ collectionGroup: 'leases', fieldPath: '*', indexes: [] })
})
