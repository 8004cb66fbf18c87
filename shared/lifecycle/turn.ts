const MINUTE_MS = 60_000

/**
 * Whose turn it is in this minute, by what a look at each costs: as many as start within so much, in the order of their
 * uids. Everybody comes up once in as many minutes as it takes; their number is odd, so that whoever looks only every other
 * minute meets everybody, too.
 */
export function inTurn(costs: ReadonlyMap<string, number>, perMinute: number, nowMs: number): ReadonlySet<string> {
  const ofAll = costs.values().reduce((sum, cost) => sum + cost, 0)
  const turns = Math.ceil(ofAll / perMinute) | 1
  const turn = Math.floor(nowMs / MINUTE_MS) % turns
  const chosen = new Set<string>()
  let before = 0
  for (const [uid, cost] of [...costs].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (Math.floor(before / perMinute) === turn) chosen.add(uid)
    before += cost
  }
  return chosen
}
