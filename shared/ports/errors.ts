/** What can go wrong with a provider, in our words. Adapters translate into these once. */
export type ProviderErrorKind =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Denied'
  | 'Propagating'
  | 'QuotaExceeded'
  /** The zone has no room for this now; another one may. */
  | 'Stockout'
  | 'RateLimited'
  | 'Unavailable'
  | 'Invalid'

/** A provider's answer that was not success. The message tells a person what happened, where, and what to do next. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly kind: ProviderErrorKind

  constructor(kind: ProviderErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** An error in words that do not change while nothing else does. */
export function inWords(error: unknown): string {
  if (!(error instanceof ProviderError)) return 'unexpected error'
  return error.kind === 'Denied' || error.kind === 'Invalid' ? error.message : `the provider answered ${error.kind}`
}

/** The attempt's lease is over: nothing more may be done in its name. */
export class LeaseExpired extends Error {
  override readonly name = 'LeaseExpired'
}
