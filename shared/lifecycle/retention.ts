import type { PlaneSpec } from '../documents/plane.ts'

const DAY_MS = 86_400_000

/** For a plane whose spec was never taken over. */
const DEFAULT_DAYS = 7

/** Until when a disk is kept that is removed now, in milliseconds since 1970. */
export const retainedUntilMs = (plane: PlaneSpec | undefined, nowMs: number): number =>
  nowMs + (plane?.retentionDays ?? DEFAULT_DAYS) * DAY_MS
