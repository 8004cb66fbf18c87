/** A CloudEvent in binary HTTP form: attributes are headers, the body is the data. */
export type HttpEvent = { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array<ArrayBuffer> }

/** An event on its way to one function. It is built anew for every attempt, because Pub/Sub's says which attempt it is. */
export type Delivery = {
  readonly functionName: string
  /** The attributes of a dead letter, and its data. */
  readonly letter: Letter
  event(attempt: number): HttpEvent
}

/** A message as it goes to the dead-letter topic. */
export type Letter = {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  readonly subscription: string
  readonly publishTime: string
}
