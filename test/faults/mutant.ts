/** A rule taken out of the engine, and the test that must fail without it. */
export type Mutant = {
  readonly rule: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly suite: string
  readonly killedBy: string
}
