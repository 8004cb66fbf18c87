/** Something a person can put right. Its message says what is wrong and which command fixes it; no stack is shown. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
