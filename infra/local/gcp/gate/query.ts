import type { Json } from '../json.ts'
import type { Violation } from './check.ts'
import type { Method } from './descriptions.ts'
import { problemOf } from './formats.ts'

/** Parameters every Google API takes. */
const SYSTEM = new Set(
  '$alt alt $prettyPrint prettyPrint $.xgafv fields $fields key $key quotaUser userIp $apiVersion $unique'.split(' '),
)

// Real, and missing from the descriptions: https://cloud.google.com/compute/docs/reference/rest/v1/instances/list.
const LISTS: Method['parameters'] = { returnPartialSuccess: { location: 'query', type: 'boolean' } }

const isList = ({ api, id }: Method): boolean => api === 'compute.v1' && /\.(?:list|aggregatedList)$/.test(id)

/** A request's query by name; names that may repeat hold a list. */
export type Query = Readonly<Record<string, string | readonly string[]>>

/** Reads and checks a query. Numbers and booleans stay text, as they came. */
export function checkQuery(search: URLSearchParams, method: Method): { query: Query; violations: Violation[] } {
  const query: Record<string, string | readonly string[]> = {}
  const violations: Violation[] = []
  const names = new Set(search.keys())
  for (const name of names) {
    if (SYSTEM.has(name)) continue
    const parameter = method.parameters[name] ?? (isList(method) ? LISTS[name] : undefined)
    const values = search.getAll(name)
    if (parameter?.location !== 'query') {
      violations.push({ field: name, description: `Unknown name "${name}": Cannot bind query parameter.` })
      continue
    }
    if (values.length > 1 && parameter.repeated !== true)
      violations.push({ field: name, description: 'is given twice' })
    for (const value of values) {
      const problem = problemOf(typed(value, parameter.type), parameter)
      if (problem !== undefined) violations.push({ field: name, description: problem })
    }
    query[name] = parameter.repeated === true ? values : (values[0] ?? '')
  }
  for (const [name, { location, required }] of Object.entries(method.parameters))
    if (location === 'query' && required === true && query[name] === undefined)
      violations.push({ field: name, description: 'is required' })
  return { query, violations }
}

function typed(value: string, type: string | undefined): Json {
  if (type === 'boolean' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value)
  return value
}

/** Checks what stands in the path's places. */
export function checkPath(path: Readonly<Record<string, string>>, method: Method): Violation[] {
  return Object.entries(path).flatMap(([name, value]) => {
    const parameter = method.parameters[name]
    const problem = parameter === undefined ? undefined : problemOf(value, parameter)
    return problem === undefined ? [] : [{ field: name, description: problem }]
  })
}

/** One value of a query, where the method takes one. */
export function only(query: Query, name: string): string | undefined {
  const value = query[name]
  return typeof value === 'string' ? value : value?.[0]
}
