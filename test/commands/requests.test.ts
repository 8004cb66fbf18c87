import { expect, test } from 'vitest'
import { openApi } from '../../shared/api/openapi.ts'
import { routes } from '../../shared/api/contract.ts'
import { SOURCE_RATE, rateLimit, sourceOf } from '../../shared/commands/rate-limit.ts'
import { requestLog } from '../../shared/commands/request-log.ts'
import { router } from '../../shared/commands/router.ts'
import { cloudLog } from '../../shared/gcp/log.ts'
import { TOKEN, commandWorld } from '../fakes/commands.ts'

const ask = (path: string, headers: Record<string, string> = {}): Request =>
  new Request(`http://127.0.0.1:8787${path}`, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } })

const refusal = (run: () => void): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

test('a caller who saved up nothing waits until there is room, and others do not', () => {
  const limit = rateLimit({ burst: 2, perSecond: 4 })
  limit('ada', 0)
  limit('ada', 0)
  expect(refusal(() => limit('ada', 0))).toMatchObject({ status: 429, detail: { retryAfterMs: 250 } })
  expect(refusal(() => limit('bob', 0))).toBeUndefined()
  expect(refusal(() => limit('ada', 249))).toMatchObject({ status: 429 })
  expect(refusal(() => limit('ada', 250))).toBeUndefined()
  expect(refusal(() => limit('ada', 0))).toMatchObject({ status: 429 })
})

test('too many requests are answered with 429 and when to come back', async () => {
  const { handle } = commandWorld()
  const statuses = new Set<number>()
  for (let count = 0; count < 600; count++) statuses.add((await handle(ask('/v1/planes'))).status)
  const late = await handle(ask('/v1/planes'))
  expect([[...statuses], late.status, late.headers.get('retry-after')]).toEqual([[200], 429, '1'])
  expect(await late.json()).toMatchObject({ code: 'TooManyRequests', requestId: expect.any(String) as string })
})

test('an address that asks too much is stopped before anybody is asked who they are', async () => {
  const world = commandWorld()
  let asked = 0
  const authenticate: typeof world.ports.authenticate = async () => {
    asked += 1
    return { is: 'anonymous', message: 'Nobody is known.' }
  }
  const handle = router({ ...world.ports, authenticate })
  const from = async (address: string, path = '/v1/planes') =>
    (await handle(ask(path, { 'x-forwarded-for': `203.0.113.9, ${address}` }))).status
  const statuses = new Set<number>()
  for (let count = 0; count < SOURCE_RATE.burst; count++) statuses.add(await from('198.51.100.1'))
  expect([[...statuses], asked]).toEqual([[401], SOURCE_RATE.burst])
  expect([await from('198.51.100.1'), await from('198.51.100.1', '/v1/openapi.json')]).toEqual([429, 429])
  expect([await from('198.51.100.2'), asked]).toEqual([401, SOURCE_RATE.burst + 1])
})

test.each([
  ['198.51.100.1', '198.51.100.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::3:0:0:6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['::ffff:198.51.100.1', '::ffff:198.51.100.1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['unknown', 'unknown'],
])('a request that came from %s counts for %s', (address, source) => {
  expect(sourceOf(ask('/', { 'x-forwarded-for': `203.0.113.9, ${address}` }))).toBe(source)
})

test('a request that no proxy passed on has no source', () => {
  expect(sourceOf(ask('/'))).toBeUndefined()
})

test('a request is one line of log: what was asked, how it ended, and its trace', async () => {
  const lines: string[] = []
  const world = commandWorld()
  const handle = router({ ...world.ports, log: cloudLog((line) => lines.push(line)) })
  const trace = '0af7651916cd43dd8448eb211c80319c'
  await handle(ask('/v1/planes', { traceparent: `00-${trace}-b7ad6b7169203331-01` }))
  await handle(ask('/v1/planes/nowhere', { 'x-cloud-trace-context': `${trace}/1;o=1` }))
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      severity: 'INFO',
      message: 'request',
      requestId: 'request-1',
      verb: 'listPlanes',
      status: 200,
      durationMs: 0,
      'logging.googleapis.com/trace': trace,
    },
    {
      severity: 'INFO',
      message: 'request refused',
      reason: 'NoSuchPlane',
      requestId: 'request-2',
      status: 404,
      'logging.googleapis.com/trace': trace,
    },
  ])
})

test.each(['', 'nonsense', '00-zz-b7ad6b7169203331-01', `${'a'.repeat(33)}/1`])('%j is no trace', (header) => {
  const fields: unknown[] = []
  const log = { ...commandWorld().ports.log, info: (_: string, given?: unknown) => void fields.push(given) }
  requestLog(ask('/', { traceparent: header, 'x-cloud-trace-context': header }), 'r', log).info('x')
  expect(fields).toEqual([{ requestId: 'r' }])
})

test('the API describes every call of it, to anybody who asks', async () => {
  const { handle } = commandWorld()
  const response = await handle(new Request('http://127.0.0.1:8787/api/v1/openapi.json'))
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openApi())))
  const { paths } = openApi() as { paths: Record<string, Record<string, { operationId: string }>> }
  const described = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(described.toSorted()).toEqual(Object.keys(routes).toSorted())
})

test('what a call takes is described as it is refused: path, query and body', () => {
  const { paths } = openApi() as { paths: Record<string, Record<string, unknown>> }
  expect(paths['/v1/planes/{plane}/agents/{name}']?.['patch']).toMatchObject({
    parameters: [
      { name: 'plane', in: 'path' },
      { name: 'name', in: 'path' },
      { name: 'idempotency-key', in: 'header' },
    ],
    requestBody: { content: { 'application/json': { schema: { additionalProperties: false, required: [] } } } },
  })
  expect(paths['/v1/planes']?.['post']).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { required: ['project', 'region', 'name'] } } } },
  })
})
