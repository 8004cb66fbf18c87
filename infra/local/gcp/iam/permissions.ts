import { readData } from '../gate/descriptions.ts'
import { overrides } from './overrides.ts'

const crawl = readData('method-permissions') as { readonly methods: Readonly<Record<string, readonly string[]>> }

/**
 * The permissions a method needs on the resource it is about, whatever is asked: the crawl's where it names exactly one,
 * the reviewed override elsewhere. Throws for a method that neither decides: what nobody reviewed must not be served.
 */
export function methodPermissions(methodId: string): readonly string[] {
  const reviewed = overrides[methodId]?.permissions
  const crawled = crawl.methods[methodId]
  if (reviewed !== undefined) return reviewed
  if (crawled?.length === 1) return crawled
  throw new Error(`${methodId}: no reviewed permission in overrides.ts, and the crawl names ${crawled?.length ?? 0}`)
}
