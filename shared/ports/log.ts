/** One line of structured log. Fields are an allow-list: anything else could carry a secret. */
export type LogFields = {
  readonly plane?: string
  readonly agent?: string
  readonly uid?: string
  readonly step?: string
  readonly reason?: string
  readonly count?: number
  readonly durationMs?: number
  /** Of a request: which one, its trace, the verb it asked for and the HTTP status it got. */
  readonly requestId?: string
  readonly trace?: string
  readonly verb?: string
  readonly status?: number
}

/** Where functions write what happened. */
export type Log = {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields & { readonly error?: unknown }): void
}
