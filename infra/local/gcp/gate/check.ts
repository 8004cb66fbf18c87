import { isObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Descriptions, Method, Schema } from './descriptions.ts'
import { problemOf } from './formats.ts'

/** One thing that is wrong with a request, and where. */
export type Violation = { readonly field: string; readonly description: string }

/**
 * Fields only Google writes: real APIs ignore them in a request, a test wants to hear of them. `ignore` takes them out,
 * for callers that are not ours.
 */
export type ReadOnlyFields = 'refuse' | 'ignore'

type Context = {
  readonly descriptions: Descriptions
  readonly method: Method
  /** `take` is for answers, which hold them. */
  readonly readOnlyFields: ReadOnlyFields | 'take'
}

type Checked<T extends Json> = { readonly value: T; readonly violations: readonly Violation[] }

const fault = <T extends Json>(value: T, field: string, description: string): Checked<T> => ({
  value,
  violations: [{ field, description }],
})

/** What is wrong with an answer by its method's description: a client would not find what it looks for. */
export function checkAnswer(answer: JsonObject, method: Method, descriptions: Descriptions): readonly Violation[] {
  const name = method.response?.$ref
  if (name === undefined) return []
  const context = { descriptions, method, readOnlyFields: 'take' } as const
  return checkObject(answer, descriptions.schema(method.api, name), '', context).violations
}

/** Checks a request's body against its schema; the value that comes back lacks read-only fields that are ignored. */
export function checkBody(body: JsonObject, context: Context): Checked<JsonObject> {
  const { method, descriptions } = context
  if (method.request !== undefined)
    return checkObject(body, descriptions.schema(method.api, method.request.$ref), '', context)
  return Object.keys(body).length === 0 ? { value: body, violations: [] } : fault(body, '', 'the method takes no body')
}

function checkValue(value: Json, schema: Schema, field: string, context: Context): Checked<Json> {
  if (schema.$ref !== undefined)
    return checkValue(value, context.descriptions.schema(context.method.api, schema.$ref), field, context)
  if (schema.type === 'object') {
    if (!isObject(value)) return fault(value, field, `${JSON.stringify(value)} is not an object`)
    return checkObject(value, schema, field, context)
  }
  if (schema.type === 'array') return checkList(value, schema, field, context)
  const problem = problemOf(value, schema)
  return problem === undefined ? { value, violations: [] } : fault(value, field, problem)
}

function checkList(value: Json, schema: Schema, field: string, context: Context): Checked<Json> {
  if (!Array.isArray(value)) return fault(value, field, `${JSON.stringify(value)} is not a list`)
  const items = value.map((item: Json, index) => checkValue(item, schema.items ?? {}, `${field}[${index}]`, context))
  return { value: items.map((item) => item.value), violations: items.flatMap(({ violations }) => violations) }
}

const isEmpty = (value: Json): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0

function checkObject(object: JsonObject, schema: Schema, field: string, context: Context): Checked<JsonObject> {
  const kept: Record<string, Json> = {}
  const violations = [...missing(object, schema, field, context.method)]
  for (const [name, member] of Object.entries(object)) {
    // In JSON null is a member that is not set.
    if (member === undefined || member === null) continue
    const path = field === '' ? name : `${field}.${name}`
    const property = schema.properties?.[name] ?? schema.additionalProperties
    if (property === undefined)
      violations.push({ field: path, description: `Unknown name "${name}": Cannot find field.` })
    // Google's clients send maps and lists that are empty, whether anybody set them or not.
    else if (property.readOnly === true && (context.readOnlyFields === 'ignore' || isEmpty(member))) continue
    else if (property.readOnly === true && context.readOnlyFields === 'refuse')
      violations.push({ field: path, description: 'is written by Google only' })
    else {
      const checked = checkValue(member, property, path, context)
      kept[name] = checked.value
      violations.push(...checked.violations)
    }
  }
  return { value: kept, violations }
}

function missing(object: JsonObject, schema: Schema, field: string, method: Method): Violation[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name, { annotations }]) => annotations?.required?.includes(method.id) === true && isAbsent(object[name]))
    .map(([name]) => ({ field: field === '' ? name : `${field}.${name}`, description: 'is required' }))
}

const isAbsent = (value: Json | undefined): boolean => value === undefined || value === ''
