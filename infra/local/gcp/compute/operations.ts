import type { Clock } from '../clock.ts'
import { computeTime } from '../clock.ts'
import { notFound } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { JsonObject } from '../json.ts'

/** Why an operation failed after it was accepted. */
export type Failure = { readonly code: string; readonly message: string; readonly http: number }

/** How an operation differs from what becomes of it: it never says that it is done, or nobody knows it any more. */
export type Misreport = 'endless' | 'forgotten'

export type OperationWanted = {
  /** `projects/p/zones/z`, `projects/p/regions/r` or `projects/p/global`. */
  readonly scope: string
  readonly type: string
  readonly user: string
  readonly target: string
  readonly targetId: string
  readonly latencyMs: number
  readonly requestId?: string | undefined
  readonly failure?: Failure | undefined
  readonly misreport?: Misreport | undefined
  /** What becomes true when it is done. */
  readonly finish: () => void
  /** What becomes true when it fails instead. */
  readonly undo: () => void
}

type Operation = Omit<OperationWanted, 'latencyMs'> & {
  readonly name: string
  readonly id: string
  readonly startedAtMs: number
  readonly doneAtMs: number
}

export type Operations = {
  readonly start: (wanted: OperationWanted) => JsonObject
  /** Lets happen what is due. */
  readonly settle: () => void
  /** By name or id, in its scope. Throws NOT_FOUND. */
  readonly get: (scope: string, name: string) => JsonObject
  /** When it will be done; a moment in the past once it is. */
  readonly doneAtMs: (scope: string, name: string) => number
  /** What a request with this id started already. */
  readonly startedBy: (project: string, requestId: string | undefined) => JsonObject | undefined
  readonly running: () => readonly { readonly name: string; readonly target: string; readonly type: string }[]
}

const LINK = 'https://www.googleapis.com/compute/v1/'

/** Operations that are done when their time has come; nothing runs in between. */
export function operations({ clock, ids }: { readonly clock: Clock; readonly ids: Ids }): Operations {
  const all = new Map<string, Operation>()
  const byRequest = new Map<string, Operation>()
  let open: readonly Operation[] = []
  const find = (scope: string, name: string): Operation => {
    const found =
      all.get(`${scope}/operations/${name}`) ?? [...all.values()].find((one) => one.scope === scope && one.id === name)
    if (found === undefined || found.misreport === 'forgotten') throw notFound(`${scope}/operations/${name}`)
    return found
  }
  return {
    start: ({ latencyMs, ...wanted }) => {
      const nowMs = clock.nowMs()
      const made = {
        ...wanted,
        name: ids.operation(nowMs),
        id: ids.numeric(),
        startedAtMs: nowMs,
        doneAtMs: nowMs + latencyMs,
      }
      all.set(`${wanted.scope}/operations/${made.name}`, made)
      if (wanted.requestId !== undefined) byRequest.set(`${projectOf(wanted.scope)} ${wanted.requestId}`, made)
      open = [...open, made].toSorted((a, b) => a.doneAtMs - b.doneAtMs)
      return show(made, false)
    },
    settle: () => {
      // One that is due may start others; those are due at the earliest in the next round.
      const due = open.filter(({ doneAtMs }) => doneAtMs <= clock.nowMs())
      open = open.filter((operation) => !due.includes(operation))
      for (const { failure, finish, undo } of due) (failure === undefined ? finish : undo)()
    },
    get: (scope, name) => shown(find(scope, name), open),
    doneAtMs: (scope, name) => {
      const { doneAtMs, misreport } = find(scope, name)
      return misreport === 'endless' ? Number.POSITIVE_INFINITY : doneAtMs
    },
    startedBy: (project, requestId) => {
      const operation = requestId === undefined ? undefined : byRequest.get(`${project} ${requestId}`)
      return operation && shown(operation, open)
    },
    running: () => open.map(({ name, scope, target, type }) => ({ name: `${scope}/operations/${name}`, target, type })),
  }
}

const projectOf = (scope: string): string => scope.split('/')[1] ?? ''

const shown = (operation: Operation, open: readonly Operation[]): JsonObject =>
  show(operation, operation.misreport !== 'endless' && !open.includes(operation))

function show(operation: Operation, isDone: boolean): JsonObject {
  const { name, id, type, scope, target, targetId, user, startedAtMs, doneAtMs, failure } = operation
  const [, , kind = '', place] = scope.split('/')
  return {
    kind: 'compute#operation',
    id,
    name,
    operationType: type,
    status: isDone ? 'DONE' : 'RUNNING',
    progress: isDone ? 100 : 0,
    user,
    insertTime: computeTime(startedAtMs),
    startTime: computeTime(startedAtMs),
    ...(isDone && { endTime: computeTime(doneAtMs) }),
    ...(isDone && failure !== undefined && failed(failure)),
    targetLink: `${LINK}${target}`,
    targetId,
    selfLink: `${LINK}${scope}/operations/${name}`,
    ...(place !== undefined && { [kind === 'zones' ? 'zone' : 'region']: `${LINK}${scope}` }),
  }
}

const failed = ({ code, message, http }: Failure): JsonObject => ({
  error: { errors: [{ code, message }] },
  httpErrorStatusCode: http,
  httpErrorMessage: http === 503 ? 'SERVICE UNAVAILABLE' : http === 403 ? 'FORBIDDEN' : 'CONFLICT',
})
