import { z } from 'zod'
import { routes } from './contract.ts'
import type { Route } from './contract.ts'
import { ErrorBody } from './errors.ts'
import { KEY_HEADER } from './headers.ts'

type Json = Readonly<Record<string, unknown>>

const STATUSES = {
  400: 'The request could not be read.',
  401: 'Nobody has signed in, or the token is wrong or old.',
  403: 'The caller may not do this; the message says who may.',
  404: 'There is no such plane, agent or member; the suggestion says which there are.',
  405: 'The path is right and the method is not; the message says which it takes.',
  409: 'It cannot be done as things stand, or somebody changed them at the same moment.',
  413: 'The body is too large.',
  415: 'The body is not JSON in UTF-8.',
  422: 'A field is wrong; `field` says which.',
  429: 'The caller asks too much at once; `Retry-After` says when to ask again.',
  500: 'A mistake of this side; its logs say more of the request id.',
  503: 'What it needs is away, full or refuses; the same may be asked again later.',
} as const

/** The API as an OpenAPI document, made from the contract. https://spec.openapis.org/oas/v3.1.1.html */
export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Agents Plane', version: '1', description: 'What people ask of planes and agents.' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: schemaOf(ErrorBody, 'output') },
    },
  }
}

function operation(operationId: string, route: Route): Json {
  const { properties = {}, required = [] } = schemaOf(route.input, 'input') as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  const inPath = new Set([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE'
  const parameters = Object.entries(properties).flatMap(([name, schema]) => {
    if (inPath.has(name)) return [{ name, in: 'path', required: true, schema }]
    return hasBody ? [] : [{ name, in: 'query', required: required.includes(name), schema }]
  })
  const body = Object.entries(properties).filter(([name]) => !inPath.has(name))
  return {
    operationId,
    summary: route.summary,
    parameters: route.method === 'GET' ? parameters : [...parameters, KEY],
    ...(hasBody && body.length > 0 && { requestBody: { content: json(objectOf(body, required)) } }),
    responses: {
      200: { description: 'Done, or up to date.', content: json(schemaOf(route.output, 'output')) },
      ...Object.fromEntries(Object.entries(STATUSES).map(([status, description]) => [status, refusal(description)])),
    },
  }
}

const KEY = {
  name: KEY_HEADER,
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'A new one with every new request, the same with every try of it: it is then done once.',
} as const

const refusal = (description: string): Json => ({ description, content: json({ $ref: '#/components/schemas/Error' }) })

const json = (schema: Json): Json => ({ 'application/json': { schema } })

const objectOf = (fields: readonly (readonly [string, Json])[], required: readonly string[]): Json => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(fields),
  required: required.filter((name) => fields.some(([field]) => field === name)),
})

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
