import { answer } from './answers.ts'

/** The description of the API, which anybody may read; undefined for every other request. Made when it is first asked for. */
export async function openApiAnswer(request: Request, requestId: string): Promise<Response | undefined> {
  if (request.method !== 'GET' || !new URL(request.url).pathname.endsWith('/v1/openapi.json')) return undefined
  const { openApi } = await import('../api/openapi.ts')
  return answer(200, openApi(), requestId)
}
