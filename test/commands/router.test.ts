import { describe, expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import { routes } from '../../shared/api/contract.ts'
import { router } from '../../shared/commands/router.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { ProviderErrorKind } from '../../shared/ports/errors.ts'
import { TOKEN, commandWorld } from '../fakes/commands.ts'

const signedIn = { authorization: `Bearer ${TOKEN}` }

async function ask(url: string, init: RequestInit = { headers: signedIn }) {
  const response = await commandWorld().handle(new Request(url, init))
  return { status: response.status, body: await response.json(), headers: response.headers }
}

describe('who is let in', () => {
  const strangers: [what: string, url: string, headers: Record<string, string>, status: number, code: string][] = [
    ['without a token', 'http://127.0.0.1/v1/planes', {}, 401, 'SignInNeeded'],
    ['with another token', 'http://127.0.0.1/v1/planes', { authorization: 'Bearer nonsense' }, 401, 'SignInNeeded'],
    [
      'with the beginning of the token',
      'http://127.0.0.1/v1/planes',
      { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
      401,
      'SignInNeeded',
    ],
    [
      'with the token as a password',
      'http://127.0.0.1/v1/planes',
      { authorization: `Basic ${TOKEN}` },
      401,
      'SignInNeeded',
    ],
    ['under a name that was rebound to us', 'http://evil.example/v1/planes', signedIn, 403, 'ForeignRequest'],
    ['under a name that begins like ours', 'http://127.0.0.1.evil.example/v1/planes', signedIn, 403, 'ForeignRequest'],
    [
      'from a page of another site',
      'http://127.0.0.1/v1/planes',
      { ...signedIn, origin: 'https://evil.example' },
      403,
      'ForeignRequest',
    ],
    [
      'from a page of another port',
      'http://127.0.0.1/v1/planes',
      { ...signedIn, origin: 'http://127.0.0.1:99' },
      403,
      'ForeignRequest',
    ],
    [
      'from a page without an origin',
      'http://127.0.0.1/v1/planes',
      { ...signedIn, origin: 'null' },
      403,
      'ForeignRequest',
    ],
    ['to a path that is not there', 'http://127.0.0.1/v1/nothing', {}, 401, 'SignInNeeded'],
  ]

  test.each(strangers)('nobody %s', async (_, url, headers, status, code) => {
    expect(await ask(url, { headers })).toMatchObject({ status, body: { code } })
  })

  test.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787'])(
    'a caller of %s',
    async (origin) => {
      expect(await ask(`${origin}/api/v1/planes`, { headers: { ...signedIn, origin } })).toMatchObject({ status: 200 })
    },
  )
})

describe('routes', () => {
  test('an unknown path is not found', async () => {
    expect(await ask('http://127.0.0.1/v1/nothing')).toMatchObject({ status: 404, body: { code: 'NoSuchRoute' } })
    expect(await ask('http://127.0.0.1/v1/planes/a//logs')).toMatchObject({ status: 404 })
  })

  test('a known path tells which methods it takes', async () => {
    const answer = await ask('http://127.0.0.1/v1/planes', { method: 'DELETE', headers: signedIn })
    expect(answer).toMatchObject({ status: 405, body: { message: '/v1/planes takes POST, GET, not DELETE.' } })
  })

  test('no answer is kept by anybody, and each carries its request id', async () => {
    const { headers } = await ask('http://127.0.0.1/v1/planes')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toBe('request-1')
  })

  test.each(['purged=perhaps', 'colour=red', 'purged=true&purged=false'])('a query ?%s is refused', async (query) => {
    const { status } = await ask(`http://127.0.0.1/v1/planes/local?${query}`)
    expect([400, 422]).toContain(status)
  })

  test('every path part of a route is a field of its input', () => {
    for (const { path, input } of Object.values(routes)) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(Object.keys(input.shape)).toEqual(expect.arrayContaining(parts))
    }
  })

  test.each(['%', '%E0%A4%A', '..%2F..%2Fetc'])('a plane called %s is a bad name and nothing more', async (name) => {
    expect(await ask(`http://127.0.0.1/v1/planes/${name}`)).toMatchObject({ status: 422, body: { field: 'plane' } })
  })

  test('a body that breaks off is told from a bad one', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('socket closed')) })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers: signedIn, body, duplex: 'half' }
    expect(await ask('http://127.0.0.1/v1/planes', init)).toMatchObject({ status: 400 })
  })

  test('a body without an end is read no further than the limit', async () => {
    let chunks = 0
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      chunks++
      controller.enqueue(new Uint8Array(64 * 1024).fill(32))
    }
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: signedIn,
      body: new ReadableStream({ pull }),
      duplex: 'half',
    }
    expect(await ask('http://127.0.0.1/v1/planes', init)).toMatchObject({ status: 413, body: { field: 'body' } })
    expect(chunks).toBeLessThan(20)
  })
})

describe('what goes wrong behind the API', () => {
  const kinds: [ProviderErrorKind, number][] = [
    ['NotFound', 404],
    ['AlreadyExists', 409],
    ['Conflict', 409],
    ['Invalid', 422],
    ['Denied', 503],
    ['QuotaExceeded', 503],
    ['Unavailable', 503],
  ]

  test.each(kinds)('%s of a provider is answered with %i', async (kind, status) => {
    const world = commandWorld()
    const listPlanes = async () => Promise.reject(new ProviderError(kind, 'the store says no'))
    const handle = router({ ...world.ports, specs: { ...world.specs, listPlanes } })
    const api = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: handle })
    await expect(api.listPlanes({})).rejects.toMatchObject({
      status,
      body: { code: kind, message: 'the store says no' },
    })
  })

  test('a bug is logged, and told without its details', async () => {
    const world = commandWorld()
    const bug = new Error('at /srv/secret/path.ts:1')
    const handle = router({ ...world.ports, specs: { ...world.specs, listPlanes: async () => Promise.reject(bug) } })
    const response = await handle(new Request('http://127.0.0.1/v1/planes', { headers: signedIn }))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('/srv/secret')
    expect(world.logged).toEqual(['request failed'])
  })
})
