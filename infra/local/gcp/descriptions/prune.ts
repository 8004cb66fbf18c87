import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compact, isObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { served } from '../served.ts'

/*
 * Makes the files beside this one: `node infra/local/gcp/descriptions/prune.ts <folder>`. The folder holds Google's
 * discovery documents as `<api>.<version>.json` (https://<api>.googleapis.com/$discovery/rest?version=<version>), and
 * `gcp-roles.json` and `gcp-method-permissions.json` made from https://github.com/iann0036/iam-dataset (MIT).
 */

const PROSE = new Set(['description', 'enumDescriptions', 'markdownDescription', 'documentationLink', 'title'])
const SERVICES = /^(?:compute|iam|resourcemanager|secretmanager|iap|serviceusage|cloudtasks|logging)\./

type Discovery = {
  readonly rootUrl: string
  readonly servicePath: string
  readonly revision: string
  readonly methods?: Readonly<Record<string, JsonObject>>
  readonly resources?: Readonly<Record<string, Discovery>>
  readonly schemas: Readonly<Record<string, JsonObject>>
}

/** Methods by id, whether the document nests them by resource, as Google's do, or has them flat. */
function methodsOf(discovery: Pick<Discovery, 'methods' | 'resources'>): ReadonlyMap<string, JsonObject> {
  const own = Object.entries(discovery.methods ?? {}).map(([key, method]): [string, JsonObject] => [
    typeof method['id'] === 'string' ? method['id'] : key,
    method,
  ])
  const nested = Object.values(discovery.resources ?? {}).flatMap((resource) => [...methodsOf(resource)])
  return new Map([...own, ...nested])
}

function withoutProse(value: Json, isSchemaMap = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutProse(item))
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, member]) => isSchemaMap || isObject(member) || !PROSE.has(key))
  return Object.fromEntries(
    kept.map(([key, member]) => [key, withoutProse(member ?? null, key === 'properties' || key === 'parameters')]),
  )
}

function references(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => references(item))
  if (!isObject(value)) return []
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : []
  return [...own, ...Object.values(value).flatMap((member) => references(member ?? null))]
}

function reachable(roots: readonly Json[], schemas: Discovery['schemas']): Record<string, Json> {
  const found = new Map<string, Json>()
  const waiting = roots.flatMap(references)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = schemas[name]
    if (schema === undefined || found.has(name)) continue
    found.set(name, withoutProse(schema))
    waiting.push(...references(schema))
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => a.localeCompare(b)))
}

type Additions = Readonly<Record<string, Pick<Discovery, 'schemas'> & Required<Pick<Discovery, 'methods'>>>>

/** What the documents lack is in `additions.json`, in their form. What they have goes before it. */
function completed(discovery: Discovery, additions: Additions[string] | undefined): Discovery {
  if (additions === undefined) return discovery
  const methods = { ...additions.methods, ...Object.fromEntries(methodsOf(discovery)) }
  return { ...discovery, resources: {}, methods, schemas: { ...additions.schemas, ...discovery.schemas } }
}

function prune(discovery: Discovery, ids: readonly string[]): Json {
  const all = methodsOf(discovery)
  const methods = ids.map((id) => {
    const method = all.get(id)
    if (method === undefined) throw new Error(`${id} is not in the discovery document`)
    const { path, httpMethod, parameters, request, response } = method
    const kept = compact({ path, httpMethod, parameters: parameters ?? {}, request, response })
    return [id, withoutProse(kept)] as const
  })
  return {
    source: `${discovery.rootUrl}$discovery/rest, revision ${discovery.revision}`,
    servicePath: discovery.servicePath,
    methods: Object.fromEntries(methods),
    schemas: reachable(
      methods.map(([, method]) => method),
      discovery.schemas,
    ),
  }
}

async function main(from: string): Promise<void> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  await mkdir(here, { recursive: true })
  const additions = JSON.parse(await readFile(join(here, 'additions.json'), 'utf8')) as Additions
  for (const [api, ids] of Object.entries(served)) {
    const discovery = JSON.parse(await readFile(join(from, 'gcp-api', `${api}.json`), 'utf8')) as Discovery
    await writeFile(join(here, `${api}.json`), `${JSON.stringify(prune(completed(discovery, additions[api]), ids))}\n`)
  }
  const roles = JSON.parse(await readFile(join(from, 'gcp-roles.json'), 'utf8')) as Dataset<'roles'>
  await writeFile(join(here, 'roles.json'), `${JSON.stringify({ source: roles.source, roles: ours(roles.roles) })}\n`)
  const crawl = JSON.parse(await readFile(join(from, 'gcp-method-permissions.json'), 'utf8')) as Dataset<'methods'>
  const wanted = new Set<string>(Object.values(served).flat())
  const methods = Object.fromEntries(Object.entries(crawl.methods).filter(([id]) => wanted.has(id)))
  await writeFile(join(here, 'method-permissions.json'), `${JSON.stringify({ source: crawl.source, methods })}\n`)
}

type Dataset<K extends string> = { readonly source: string } & Readonly<Record<K, Record<string, readonly string[]>>>

/** Roles with those of their permissions that the services simulated here check. */
const ours = (roles: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(roles).map(([role, permissions]) => [role, permissions.filter((name) => SERVICES.test(name))]),
  )

await main(process.argv[2] ?? '.')
