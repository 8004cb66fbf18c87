import { asText, isObject } from '../../infra/local/gcp/json.ts'
import type { Json, JsonObject } from '../../infra/local/gcp/json.ts'
import type { Send } from './a-cloud.ts'

/** One request to Google Cloud and what it answered; ids, times and projects are placeholders. */
export type Exchange = {
  readonly src: string
  readonly method: string
  readonly url: string
  readonly request: Json
  readonly status: number
  readonly response: JsonObject
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '${projectId}': 'demo-project',
  '${projectNumber}': '123456789012',
  'example-project-01': 'demo-project',
  'shared-reservations-project': 'demo-project',
  '-${uniqueId}': '-one',
}

/** Where it is: the path and query, with our names for placeholders. `${networkID}` and the like become `network-id`. */
function fill(text: string, operation: string): string {
  const known = Object.entries(PLACEHOLDERS).reduce((filled, [from, to]) => filled.replaceAll(from, to), text)
  return known
    .replaceAll('${operationID}', operation)
    .replace(/\$\{(\w+?)ID\}/g, (_, kind: string) => `${kind.toLowerCase()}-id`)
}

/** A recorded etag or fingerprint stands for the one that is there. */
async function withCurrent(body: Json, path: string, send: Send): Promise<Json> {
  const text = JSON.stringify(body)
  if (!text.includes('abcdef0123A=')) return body
  if (path.includes('/setLabels')) {
    const { labelFingerprint = '' } = (await send(`GET ${path.replace(/\/setLabels.*/, '')}`)).body
    return JSON.parse(text.replaceAll('abcdef0123A=', asText(labelFingerprint))) as Json
  }
  const verb = path.includes('secretmanager') || path.includes('/secrets/') ? 'GET' : 'POST'
  const { etag = '' } = (await send(`${verb} ${path.replace(/:setIamPolicy.*/, ':getIamPolicy')}`)).body
  return JSON.parse(text.replaceAll('abcdef0123A=', asText(etag))) as Json
}

/** Sends what was recorded, in order; answers what came back for each. */
export async function replay(
  exchanges: readonly Exchange[],
  send: Send,
): Promise<readonly { status: number; body: JsonObject }[]> {
  let operation = 'none'
  const answers: { status: number; body: JsonObject }[] = []
  for (const { method, url, request } of exchanges) {
    const path = fill(url.replace(/^https:\/\/[^/]+/, ''), operation)
    const asked =
      request === null
        ? undefined
        : await withCurrent(JSON.parse(fill(JSON.stringify(request), operation)) as Json, path, send)
    await stage(path, asked, send)
    const { status, body } = await send(`${method} ${path}`, asked)
    if (body['kind'] === 'compute#operation') operation = asText(body['name'])
    answers.push({ status, body })
  }
  return answers
}

/** What a shape lacks of a recorded one, by path: members that are missing, or of another type. */
export function lacking(recorded: Json | undefined, ours: Json | undefined, path = ''): readonly string[] {
  if (Array.isArray(recorded) && Array.isArray(ours))
    return recorded.length === 0 ? [] : lacking(recorded[0] as Json, ours[0] as Json | undefined, `${path}[]`)
  if (isObject(recorded) && isObject(ours))
    return Object.entries(recorded).flatMap(([key, value]) => lacking(value, ours[key], `${path}.${key}`))
  return typeOf(recorded) === typeOf(ours) ? [] : [`${path}: ${typeOf(recorded)} is ${typeOf(ours)}`]
}

const typeOf = (value: Json | undefined): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value

/** Makes what a recording presupposes: the secret that has a policy, the network a subnetwork or router is made in. */
async function stage(path: string, body: Json | undefined, send: Send): Promise<void> {
  const [, secrets, secretId] = /^(.*\/secrets)\/([^/:]+):getIamPolicy/.exec(path) ?? []
  if (secretId !== undefined) await send(`POST ${secrets}?secretId=${secretId}`, { replication: { automatic: {} } })
  if (!/\/(?:subnetworks|routers)(?:\?|$)/.test(path) || !isObject(body)) return
  const name = /networks\/([\w-]+)$/.exec(asText(body['network']))?.[1] ?? ''
  await send('POST /compute/v1/projects/demo-project/global/networks', { name, autoCreateSubnetworks: false })
}
