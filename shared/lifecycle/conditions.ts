import type { Condition, Status } from '../documents/status.ts'

/** Sets a condition; `sinceMs` moves only when its status or reason does, so that an unchanged one writes nothing. */
export function setCondition<S extends Status>(
  status: S,
  name: string,
  next: Omit<Condition, 'sinceMs'>,
  nowMs: number,
): S {
  const old = status.conditions[name]
  const same = old?.status === next.status && old.reason === next.reason
  if (same && old.message === next.message) return status
  return { ...status, conditions: { ...status.conditions, [name]: { ...next, sinceMs: same ? old.sinceMs : nowMs } } }
}

/** Something is the case that a person should know. */
export const raise = <S extends Status>(status: S, name: string, reason: string, message: string, nowMs: number): S =>
  setCondition(status, name, { status: 'True', reason, message }, nowMs)

/** It is no longer the case. */
export function clear<S extends Status>(status: S, name: string): S {
  if (!(name in status.conditions)) return status
  const { [name]: _, ...conditions } = status.conditions
  return { ...status, conditions }
}

/** Whether a condition is raised. */
export const holds = (status: Status, name: string): boolean => status.conditions[name]?.status === 'True'
