import type { DocumentReference } from '@google-cloud/firestore'
import type { z } from 'zod'
import { PATIENCE_MS } from './patience.ts'

/**
 * Waits until a document is as wanted, and answers it. A missing document is undefined.
 * @throws Error saying what it was last, when it does not become so in time
 */
export function until<T>(
  doc: DocumentReference,
  schema: z.ZodType<T>,
  is: (content: T | undefined) => boolean,
  withinMs = PATIENCE_MS,
): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
  let last: unknown = 'never seen'
  const late = async (): Promise<void> => {
    const read = await doc.get()
    const told = JSON.stringify(read.data()) === JSON.stringify(last) ? '' : '; nobody told of its newest version'
    reject(new Error(`${doc.path} did not become as wanted in ${withinMs} ms: ${JSON.stringify(last)}${told}`))
  }
  const timer = setTimeout(() => void late().catch(reject), withinMs)
  const stop = doc.onSnapshot((snapshot) => {
    last = snapshot.data()
    const content = snapshot.exists ? schema.parse(last) : undefined
    if (is(content)) resolve(content)
  }, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}

/** The same for a document that has to be there. */
export async function untilThere<T>(
  doc: DocumentReference,
  schema: z.ZodType<T>,
  is: (content: T) => boolean,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const content = await until(doc, schema, (found) => found !== undefined && is(found), withinMs)
  return content as T
}
