/** What is wrong with a wish, in the words of the person who has it. Never holds a secret. */
export type RefusalDetail = {
  readonly code: string
  readonly message: string
  readonly field?: string
  /** What to do next. */
  readonly suggestion?: string
  /** When the same may be asked again; with status 429. */
  readonly retryAfterMs?: number
}

/** A command will not be done. `status` is the HTTP status that means why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 429 | 503
  readonly detail: RefusalDetail

  constructor(status: Refusal['status'], detail: RefusalDetail) {
    super(detail.message)
    this.status = status
    this.detail = detail
  }
}
