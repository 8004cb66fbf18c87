import { setTimeout as delay } from 'node:timers/promises'
import type { Terminal } from '../../clients/cli/terminal.ts'
import { waitFor } from '../../clients/cli/wait.ts'
import type { ApiClient } from '../../shared/api/client.ts'
import type { AgentView } from '../../shared/api/views.ts'
import { greeting, nextCommands } from './banner.ts'
import { ensureFirstAgent, PLANE, provenSince } from './first-run.ts'
import type { PlaneGround } from './first-run.ts'

const READY_WITHIN_MS = 15 * 60_000

/** What is shown of agents after a start. */
export type AgentsShown = {
  readonly api: ApiClient
  readonly terminal: Terminal
  /** Whether a first agent is wanted. */
  readonly firstAgent: boolean
  readonly ground: PlaneGround
  /** When this start began. */
  readonly sinceMs: number
  readonly signal: AbortSignal
}

/** Shows the first agent come to life, or those of last time come back, until they are Ready or the person stops it. */
export async function showAgents(options: AgentsShown): Promise<void> {
  const { api, terminal, firstAgent, ground, signal } = options
  const { resumed, added } = await ensureFirstAgent(api, firstAgent, ground)
  const awaited = added ? [added] : resumed.filter(({ desiredState }) => desiredState === 'running')
  for (const agent of awaited) {
    if (signal.aborted) return
    terminal.out.line(`${added ? 'Provisioning your first agent' : 'Resuming'} ${agent.name}:`)
    await show(agent, options)
  }
  if (signal.aborted) return
  const names = (added ? [added] : resumed).map(({ name }) => name)
  for (const line of nextCommands(PLANE, names)) terminal.out.line(line)
}

async function show(agent: AgentView, { api, terminal, sinceMs, signal }: AgentsShown): Promise<void> {
  const sleep = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined)
  const runtime = { api: provenSince(api, sinceMs), terminal, nowMs: Date.now, sleep, signal }
  try {
    const ready = await waitFor(agent, { phase: 'Ready', timeoutMs: READY_WITHIN_MS }, runtime)
    for (const line of greeting(ready)) terminal.out.line(line)
  } catch (error) {
    // Ctrl-C ends the waiting too; an agent that is not Ready is told of, and the plane goes on.
    if (!signal.aborted) terminal.out.line(error instanceof Error ? error.message : String(error))
  }
}
