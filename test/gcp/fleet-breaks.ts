import type { CloudRequest } from '../../infra/local/gcp/cloud.ts'
import type { TroubleKind } from '../../infra/local/gcp/troubles.ts'

/**
 * What becomes of one request: a trouble of the cloud's; the function dies right after it; the function is told at once
 * that the connection broke, yet the request arrives when it is released; or the function itself stands still until then.
 */
export type Fate = TroubleKind | 'crash' | 'late' | 'stalled'

/** A request that a function sent on behalf of somebody: `POST …/disks`, with a star for each name. */
export type Sent = { readonly uid: string; readonly chapter: string; readonly line: string; readonly changes: boolean }

/** Which request of an agent or a plane is broken, how, and how often in a row. */
export type Break = {
  readonly fate: Fate
  /** Changes count from nought, in the chapter; timers do not count. */
  readonly matches: (sent: Sent, index: number) => boolean
  readonly times?: number
}

/** What is sent for whom, and what of it breaks. */
export type Breaks = {
  readonly sent: readonly Sent[]
  readonly broken: readonly Sent[]
  /** Begins a chapter of somebody's life, with what breaks in it. */
  readonly begin: (uid: string, chapter: string, planned?: Break) => void
  /** Takes down a request, and says what becomes of it. */
  readonly meet: (uid: string, request: CloudRequest) => Fate | undefined
}

type Life = { readonly chapter: string; readonly planned: Break | undefined; index: number; left: number }

/** Breaks requests of lives that have begun; those of others pass unseen. */
export function breaks(): Breaks {
  const lives = new Map<string, Life>()
  const sent: Sent[] = []
  const broken: Sent[] = []
  return {
    sent,
    broken,
    begin: (uid, chapter, planned) => {
      const left = planned === undefined ? 0 : (planned.times ?? 1)
      lives.set(uid, { chapter, planned, index: 0, left })
    },
    meet: (uid, request) => {
      const life = lives.get(uid)
      if (life === undefined) return undefined
      const made: Sent = { uid, chapter: life.chapter, line: lineOf(request), changes: isChange(request) }
      sent.push(made)
      const index = made.changes && !isTimer(made) ? life.index++ : life.index
      if (life.left === 0 || life.planned?.matches(made, index) !== true) return undefined
      life.left -= 1
      broken.push(made)
      return life.planned.fate
    },
  }
}

const READING = /(?::getIamPolicy|:testIamPermissions|:getAncestry|\/wait|entries:list)(?:\?|$)/

/** Whether a request is one that changes something. */
export const isChange = ({ httpMethod, url }: Pick<CloudRequest, 'httpMethod' | 'url'>): boolean =>
  httpMethod !== 'GET' && !READING.test(url)

/** Whether it is one that chance decides about: a timer for what was not there at once. */
export const isTimer = ({ line }: Sent): boolean => line.includes('/tasks')

/** A request without the names in it. */
export const lineOf = ({ httpMethod, url }: Pick<CloudRequest, 'httpMethod' | 'url'>): string =>
  `${httpMethod} ${url
    .replace(/\?.*$/, '')
    .replaceAll(/\/(projects|zones|regions|locations|queues|tasks|operations|versions)\/[^/:]+/g, '/$1/*')
    .replaceAll(/\/[^/:]*(?:ap-[a-z2-7]{10}|%40)[^/:]*/g, '/*')
    .replaceAll(/\/\d+/g, '/*')}`
