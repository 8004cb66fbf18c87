import type { Random } from '../fakes/random.ts'

/** How rough one schedule is. Drawn anew for each: a fleet of different extremes finds more than one average. */
export type Swarm = {
  readonly crash: number
  readonly answerLost: number
  readonly refused: number
  readonly hold: number
  readonly loseMessage: number
  readonly duplicate: number
  readonly timeMoves: number
  readonly sweep: number
  readonly drift: number
  readonly room: number
  readonly edit: number
  readonly skewMs: number
  readonly agents: number
  readonly events: number
}

/** Draws the settings: each kind of trouble is off in about half of the schedules. */
export function swarmOf(random: Random): Swarm {
  const maybe = (most: number): number => (random.next() < 0.5 ? 0 : random.next() * most)
  return {
    crash: maybe(0.05),
    answerLost: maybe(0.06),
    refused: maybe(0.06),
    hold: maybe(0.05),
    loseMessage: maybe(0.1),
    duplicate: maybe(0.2),
    timeMoves: 0.02 + maybe(0.1),
    sweep: maybe(0.02),
    drift: maybe(0.01),
    room: maybe(0.03),
    edit: 0.02 + random.next() * 0.06,
    // Two clocks differ by a minute at most.
    skewMs: random.pick([0, 5_000, 30_000]),
    agents: 1 + random.below(2),
    events: 60 + random.below(340),
  }
}
