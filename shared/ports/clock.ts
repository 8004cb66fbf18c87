/** The time now. */
export type Clock = { nowMs(): number }

/** Names for attempts: unique, short, `[a-z0-9-]`. */
export type Ids = { next(): string }
