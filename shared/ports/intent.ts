import { LeaseExpired } from './errors.ts'

/** One attempt of a step. Everything it writes to the world carries `op`, and nothing is written after `untilMs`. */
export type Intent = { readonly op: string; readonly untilMs: number }

/** Every mutating port call begins with this. @throws LeaseExpired when the attempt is over */
export function refuseAfter(intent: Intent, nowMs: number): void {
  if (nowMs > intent.untilMs) throw new LeaseExpired(`attempt ${intent.op} ended ${nowMs - intent.untilMs} ms ago`)
}
