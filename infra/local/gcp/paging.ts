import { invalid } from './errors.ts'

/** One page, and the token for the next when there is one. */
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken?: string }

/**
 * Cuts a page out of what is sorted by name. The token is the last name shown, so that what is created or deleted in
 * between neither repeats nor hides anything else.
 */
export function page<T extends { readonly name: string }>(
  sorted: readonly T[],
  {
    size,
    token,
    most,
  }: { readonly size: number | undefined; readonly token: string | undefined; readonly most: number },
): Page<T> {
  const after = token === undefined || token === '' ? '' : decode(token)
  const rest = sorted.filter(({ name }) => name > after)
  const items = rest.slice(0, Math.min(size === undefined || size === 0 ? most : size, most))
  const last = items.at(-1)
  return {
    items,
    ...(last !== undefined &&
      rest.length > items.length && { nextPageToken: Buffer.from(`after:${last.name}`).toString('base64url') }),
  }
}

function decode(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (!text.startsWith('after:')) throw invalid(`Invalid page token '${token}'`)
  return text.slice('after:'.length)
}
