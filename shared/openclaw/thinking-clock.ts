import type { AdminRpc } from './admin-rpc.ts'

/** When an agent thinks by itself, and about what. */
export type ThinkingClock = { readonly every: string; readonly prompt: string }

/** The key by which our own job is told from a person's, and found again. */
const THINKING_CLOCK_KEY = 'agents-plane:thinking-clock'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000 }

/** Reads `30m` or `2h` as milliseconds. */
export const durationMs = (text: string): number => Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0)

/** Parameters of `cron.add`. With a declaration key it creates, updates or leaves alone, as needed. */
export const thinkingClockJob = ({ every, prompt }: ThinkingClock): Record<string, unknown> => ({
  declarationKey: THINKING_CLOCK_KEY,
  name: 'thinking-clock',
  agentId: 'main',
  schedule: { kind: 'every', everyMs: durationMs(every) },
  sessionTarget: 'isolated',
  payload: { kind: 'agentTurn', message: prompt },
  delivery: { mode: 'none' },
})

/** Sets, changes or takes away an agent's thinking clock; says nothing when it stands as wanted. */
export async function setThinkingClock(rpc: AdminRpc, clock: ThinkingClock | undefined): Promise<void> {
  if (clock !== undefined) {
    await rpc('cron.add', thinkingClockJob(clock))
    return
  }
  const { jobs = [] } = Object(await rpc('cron.list', { includeDisabled: true })) as { jobs?: readonly Job[] }
  for (const { id } of jobs.filter(({ declarationKey }) => declarationKey === THINKING_CLOCK_KEY))
    await rpc('cron.remove', { id })
}

type Job = { readonly id: string; readonly declarationKey?: string }
