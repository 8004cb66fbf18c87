import { Refusal } from './refusal.ts'

/** How many calls a caller may save up, and how many come back in a second. */
export type Rate = { readonly burst: number; readonly perSecond: number }

/** A person with several terminals that watch a plane stays far below it. */
export const RATE: Rate = { burst: 600, perSecond: 60 }

/** What one address may ask, whoever it turns out to be: several people may share it. */
export const SOURCE_RATE: Rate = { burst: 1800, perSecond: 180 }

/** More callers than this are not told apart for longer than they are active. */
const MAX_CALLERS = 10_000

type Bucket = { readonly left: number; readonly atMs: number }

/**
 * A token bucket for each caller, in this process: with several instances a caller has as many.
 * @throws Refusal 429, saying when there is room again
 */
export function rateLimit({ burst, perSecond }: Rate = RATE): (caller: string, nowMs: number) => void {
  const buckets = new Map<string, Bucket>()
  return (caller, nowMs) => {
    const { left, atMs } = buckets.get(caller) ?? { left: burst, atMs: nowMs }
    const filled = Math.min(burst, left + (Math.max(0, nowMs - atMs) / 1000) * perSecond)
    if (filled < 1) throw tooMany(Math.ceil(((1 - filled) / perSecond) * 1000))
    // Written last, so that the first of the map is who was quiet longest.
    buckets.delete(caller)
    buckets.set(caller, { left: filled - 1, atMs: nowMs })
    const [quietest] = buckets.keys()
    if (buckets.size > MAX_CALLERS && quietest !== undefined) buckets.delete(quietest)
  }
}

/**
 * Where a request comes from; undefined where there is no proxy, as on one computer. Google's front end, before every
 * function, puts the address that it is called from last in the header; what stands before that, anybody may have written.
 * A load balancer in front would put its own address last, and all who come through it would count as one.
 * https://cloud.google.com/functions/docs/reference/headers
 * https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header
 */
export function sourceOf({ headers }: Request): string | undefined {
  const last = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  return last === undefined ? undefined : networkOf(last)
}

/**
 * Who has one IPv6 address has the 2^64 of its network, and would be limited by none of them.
 * https://datatracker.ietf.org/doc/html/rfc4291#section-2.5.1
 */
function networkOf(address: string): string {
  // A URL has the one way to write an address: https://url.spec.whatwg.org/#concept-ipv6-serializer
  const written = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1)
  if (written === undefined || written.startsWith('::ffff:')) return address
  const [before = [], after = []] = written.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

const tooMany = (retryAfterMs: number): Refusal =>
  new Refusal(429, {
    code: 'TooManyRequests',
    message: 'You ask too much at once.',
    suggestion: `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryAfterMs,
  })
