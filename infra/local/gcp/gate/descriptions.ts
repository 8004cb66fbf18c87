import { readFileSync } from 'node:fs'
import type { JsonObject } from '../json.ts'
import { served } from '../served.ts'
import type { Api, MethodKey } from '../served.ts'

/** What an API description says of a value. */
export type Schema = {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any'
  readonly $ref?: string
  readonly format?: string
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly readOnly?: boolean
  readonly minimum?: string
  readonly maximum?: string
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  /** Methods for which the property must be there. */
  readonly annotations?: { readonly required?: readonly string[] }
}

type Parameter = Schema & {
  readonly location: 'path' | 'query'
  readonly required?: boolean
  readonly repeated?: boolean
}

/** One served method as its API description has it. */
export type Method = {
  readonly api: Api
  readonly id: string
  readonly key: MethodKey
  readonly httpMethod: string
  /** With the servicePath, without a leading slash. */
  readonly path: string
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly request?: { readonly $ref: string }
  readonly response?: { readonly $ref: string }
}

/** The API descriptions: methods served and every schema they reach. */
export type Descriptions = {
  readonly methods: readonly Method[]
  readonly schema: (api: Api, name: string) => Schema
}

type File = {
  readonly servicePath: string
  readonly methods: Readonly<Record<string, Omit<Method, 'api' | 'id' | 'key'>>>
  readonly schemas: Readonly<Record<string, Schema>>
}

/** Reads a data file beside the descriptions. */
export const readData = (name: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../descriptions/${name}.json`, import.meta.url), 'utf8')) as JsonObject

/** The same for every cloud, so they are read once. */
export const descriptions: Descriptions = readDescriptions()

function readDescriptions(): Descriptions {
  const files = new Map((Object.keys(served) as Api[]).map((api) => [api, readData(api) as unknown as File]))
  return {
    methods: [...files].flatMap(([api, { servicePath, methods }]) =>
      Object.entries(methods).map(([id, method]): Method => {
        return { ...method, api, id, key: `${api}/${id}` as MethodKey, path: `${servicePath}${method.path}` }
      }),
    ),
    schema: (api, name) => {
      const schema = files.get(api)?.schemas[name]
      if (schema === undefined) throw new Error(`${api} has no schema ${name}`)
      return schema
    },
  }
}
