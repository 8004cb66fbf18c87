import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { reporter } from '../../infra/machine/reporter.ts'
import type { Metadata } from '../../infra/machine/metadata.ts'
import { HeartbeatBody } from '../../shared/documents/heartbeat.ts'

/** A machine whose heartbeats end here. */
async function subject() {
  const received: HeartbeatBody[] = []
  const receive = async (request: IncomingMessage): Promise<void> =>
    void received.push(HeartbeatBody.parse(await json(request)))
  const server = createServer((request, response) => {
    void receive(request).finally(() => response.writeHead(204).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => void server.close())
  const heartbeatUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/heartbeat`
  const metadata = {
    endpoints: async () => ({ metadataUrl: heartbeatUrl, heartbeatUrl }),
    identityToken: async () => 'token',
  } as unknown as Metadata
  return { received, reports: reporter(metadata) }
}

const body = { ready: true, failing: [] }

test('a ready gateway without its configuration is not the first of anything, and still owes one', async () => {
  const { received, reports } = await subject()
  await reports.send({ ...body, appliedGeneration: '' })
  expect(reports.owes('')).toBe(true)
  await reports.send({ ...body, appliedGeneration: 'g' })
  await reports.send({ ...body, appliedGeneration: 'g' })
  expect(received.map(({ first }) => first)).toEqual([false, true, false])
  expect(reports.owes('g')).toBe(false)
})
