/** Something from outside that is not what it has to be. The message names it and never repeats its value. */
export class Refused extends Error {
  override readonly name = 'Refused'
}
