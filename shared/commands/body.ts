import { MAX_SPEC_BYTES } from '../documents/parsed.ts'
import { Refusal } from './refusal.ts'

/** The most that is read of any body, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024

type Fields = Readonly<Record<string, unknown>>

/** What a request carries besides its path: the query of a read or delete, else the JSON body. @throws Refusal 400, 413 */
export async function readFields(request: Request): Promise<Fields> {
  if (request.method === 'GET' || request.method === 'DELETE') return readQuery(new URL(request.url))
  const text = await readText(request)
  const fields = parseObject(text)
  const { value: _, ...spec } = fields
  const size = byteLength(JSON.stringify(spec))
  if (size > MAX_SPEC_BYTES) throw tooLarge('spec', size, MAX_SPEC_BYTES)
  return fields
}

function readQuery({ searchParams }: URL): Fields {
  const twice = [...searchParams.keys()].find((name) => searchParams.getAll(name).length > 1)
  if (twice !== undefined) {
    throw new Refusal(400, { code: 'BadRequest', message: `${twice} is given more than once`, field: twice })
  }
  return Object.fromEntries(searchParams)
}

/** Reads no further than the limit, however long the sender says or does not say the body is. */
async function readText({ body }: Request): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  let text = ''
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength
      if (size > MAX_BODY_BYTES) throw tooLarge('body', size, MAX_BODY_BYTES)
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, { code: 'BadRequest', message: 'The body could not be read as UTF-8 text.' })
  }
}

function parseObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  } catch {
    // Not JSON: refused below. The parser's own message would quote the body, which may hold a secret.
  }
  throw new Refusal(400, { code: 'BadRequest', message: 'The body must be a JSON object.' })
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length

const tooLarge = (field: string, bytes: number, limit: number): Refusal =>
  new Refusal(413, {
    code: 'TooLarge',
    message:
      field === 'body'
        ? `body is over ${limit} bytes, which is all that is read`
        : `${field} is ${bytes} bytes; at most ${limit} are accepted`,
    field,
  })
