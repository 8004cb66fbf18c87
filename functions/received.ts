import type { CloudEvent } from '@google-cloud/functions-framework'
import { z } from 'zod'

/** https://cloud.google.com/eventarc/docs/cloudevents#pubsub */
const Published = z.object({ message: z.object({ data: z.base64() }) })

/** What somebody published, as far as it is what the schema promises; undefined otherwise. */
export function messageIn<T>(event: CloudEvent<unknown>, schema: z.ZodType<T>): T | undefined {
  const published = Published.safeParse(event.data)
  if (!published.success) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(published.data.message.data, 'base64').toString()))
  } catch {
    return undefined
  }
}

/** The ids in the path of the document an event is about; undefined when it is none of `planes/{plane}[/agents/{name}]`. */
export function documentIn(event: CloudEvent<unknown>): { readonly plane: string; readonly name?: string } | undefined {
  const { plane, name } =
    /^planes\/(?<plane>[^/]+)(?:\/agents\/(?<name>[^/]+))?$/.exec(String(event['document']))?.groups ?? {}
  if (plane === undefined) return undefined
  return name === undefined ? { plane } : { plane, name }
}
