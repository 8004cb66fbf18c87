/** How far Slack's clock and ours may be apart, either way: older is a replay, newer would become one. */
const WINDOW_S = 300

/**
 * Whether a request was signed just now. The library that checks the signature refuses old ones only, so both sides are
 * looked at before it. https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @param timestamp the header `x-slack-request-timestamp`; whether it has to be there is the library's to say
 */
export function isFresh(timestamp: string | undefined, nowMs: number): boolean {
  if (timestamp === undefined) return true
  if (!/^\d{1,12}$/.test(timestamp)) return false
  return Math.abs(nowMs / 1000 - Number(timestamp)) <= WINDOW_S
}
