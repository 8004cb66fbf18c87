import { expect, test } from 'vitest'
import { apiClient } from '../../shared/api/client.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import { TOKEN } from '../fakes/commands.ts'

const client = (answer: () => Promise<Response>): ApiClient =>
  apiClient({ url: 'http://127.0.0.1:1/api/', token: TOKEN, fetch: answer })

/** A server that takes a request and says nothing. */
const silence = async ({ signal }: Request): Promise<Response> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

test('says what it tried to reach when nobody answers', async () => {
  const api = client(async () => Promise.reject(new TypeError('fetch failed')))
  await expect(api.listPlanes({})).rejects.toThrow(
    'Could not reach the API at http://127.0.0.1:1/api/: nobody answers.',
  )
})

test('gives up after a while', async () => {
  const api = apiClient({ url: 'http://127.0.0.1:1', token: TOKEN, fetch: silence, timeoutMs: 1 })
  await expect(api.listPlanes({})).rejects.toThrow('it did not answer in time')
})

test.each([
  ['HTML', async () => new Response('<html>', { status: 502 })],
  ['JSON of another shape', async () => Response.json({ planes: 'none' })],
  ['an error of another shape', async () => Response.json({ error: 'no' }, { status: 500 })],
])('takes %s for another server', async (_, answer) => {
  await expect(client(answer).listPlanes({})).rejects.toThrow(/does not answer like this API/)
})

test('leaves out what it does not know', async () => {
  const api = client(async () => Response.json({ planes: [], news: true }))
  expect(await api.listPlanes({})).toEqual({ planes: [] })
})

test('asks what signs in for each request', async () => {
  let count = 0
  const sent: (string | null)[] = []
  const fetch = async ({ headers }: Request): Promise<Response> => {
    sent.push(headers.get('authorization'))
    return Response.json({ planes: [] })
  }
  const api = apiClient({ url: 'http://127.0.0.1:1', token: async () => `token-${++count}`, fetch })
  await api.listPlanes({})
  await api.listPlanes({})
  expect(sent).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('escapes what it puts into a path', async () => {
  const urls: string[] = []
  const fetch = async ({ url }: Request): Promise<Response> => {
    urls.push(url)
    return Response.json({})
  }
  const api = apiClient({ url: 'http://127.0.0.1:1', token: TOKEN, fetch })
  await expect(api.getPlane({ plane: '../x y', purged: true })).rejects.toThrow(/another shape/)
  expect(urls).toEqual(['http://127.0.0.1:1/v1/planes/..%2Fx%20y?purged=true'])
})
