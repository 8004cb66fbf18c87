import type { CloudRequest, CloudResponse } from './cloud.ts'

/** Whether a request is Compute Engine's batch, which `gcloud` uses even for one call. */
export const isBatch = ({ httpMethod, url }: Pick<CloudRequest, 'httpMethod' | 'url'>): boolean =>
  httpMethod === 'POST' && /^\/batch\/compute\/v1(?:\?|$)/.test(url)

type Part = { readonly id: string; readonly request: CloudRequest }

/** An answer whose body is not JSON. */
export type TextResponse = { readonly status: number; readonly contentType: string; readonly text: string }

/**
 * Answers a batch: each part is an HTTP request of its own, in multipart/mixed, one after the other
 * (https://cloud.google.com/compute/docs/api/how-tos/batch).
 */
export async function answerBatch(
  request: CloudRequest,
  contentType: string,
  answer: (request: CloudRequest) => Promise<CloudResponse>,
): Promise<TextResponse> {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1] ?? ''
  const answers: string[] = []
  for (const part of partsOf(request, boundary)) answers.push(write(part.id, await answer(part.request)))
  const text = [...answers.map((one) => `--answers\r\n${one}`), '--answers--', ''].join('\r\n')
  return { status: 200, contentType: 'multipart/mixed; boundary=answers', text }
}

function partsOf({ body, authorization }: CloudRequest, boundary: string): readonly Part[] {
  return body
    .replaceAll('\r\n', '\n')
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((text): Part => {
      const [outer = '', start = '', ...rest] = text.replace(/^\n/, '').split('\n\n')
      const [line = '', ...headers] = start.split('\n')
      const [httpMethod = '', target = ''] = line.split(' ')
      const own = headers.find((header) => /^authorization:/i.test(header))?.replace(/^authorization:\s*/i, '')
      const id = /^content-id:\s*<?([^>\n]+)>?/im.exec(outer)?.[1] ?? ''
      const url = target.replace(/^https?:\/\/[^/]+/, '')
      return { id, request: { httpMethod, url, body: rest.join('\n\n').trim(), authorization: own ?? authorization } }
    })
}

function write(id: string, response: CloudResponse): string {
  const { status, body } = response === 'connection lost' ? { status: 503, body: {} } : response
  const json = JSON.stringify(body)
  return [
    'Content-Type: application/http',
    `Content-ID: <response-${id}>`,
    '',
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Refused'}`,
    'Content-Type: application/json; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    '',
    json,
  ].join('\r\n')
}
