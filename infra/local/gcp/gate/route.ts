import type { Method } from './descriptions.ts'

/** The method a path belongs to, and what stands in the path's places. */
export type Route = { readonly method: Method; readonly path: Readonly<Record<string, string>> }

export type Router = (httpMethod: string, path: string) => Route | undefined

type Compiled = { readonly method: Method; readonly matcher: RegExp; readonly literal: number }

const PLACE = /\{(\+?)([A-Za-z_$][\w$]*)\}/g

/** A verb follows the last colon, so that no place in a path may hold one. */
const withoutColons = (pattern: string): string => pattern.replace(/^\^|\$$/g, '').replaceAll('[^/]+', '[^/:]+')

// IAP's methods take any resource; only tunnels exist here, and other APIs' policy methods have the same form of path.
const placePattern = (method: Method, name: string): string =>
  method.api === 'iap.v1'
    ? `projects/[^/:]+/iap_tunnel/zones/[^/:]+/instances/[^/:]+`
    : withoutColons(method.parameters[name]?.pattern ?? '[^/:]+')

const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

function compile(method: Method): Compiled {
  // Splitting by a pattern with two groups gives literal, plus, name, literal, plus, name, …
  const parts = method.path.split(PLACE)
  let pattern = ''
  for (let at = 0; at < parts.length; at += 3) {
    const [literal = '', plus, name] = parts.slice(at, at + 3)
    pattern += escaped(literal)
    if (name !== undefined) pattern += `(?<${name}>${plus === '+' ? placePattern(method, name) : '[^/:]+'})`
  }
  return { method, matcher: new RegExp(`^/${pattern}$`), literal: method.path.replace(PLACE, '').length }
}

/** Finds the served method a request is for; where two fit, the one whose path says more. */
export function router(methods: readonly Method[]): Router {
  const byVerb = Map.groupBy(
    methods.map(compile).toSorted((a, b) => b.literal - a.literal),
    ({ method }) => method.httpMethod,
  )
  return (httpMethod, path) => {
    for (const { method, matcher } of byVerb.get(httpMethod) ?? []) {
      const found = matcher.exec(path)
      const places = found && (method.api === 'iam.v2' ? named(found.groups ?? {}) : decode(found.groups ?? {}))
      if (places) return { method, path: places }
    }
    return undefined
  }
}

function decode(groups: Readonly<Record<string, string>>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return undefined
  }
}

/** A deny policy's name holds another resource's, encoded. Google's gcloud encodes all of it once more. */
const named = (groups: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, value.replaceAll('%25', '%')]))
