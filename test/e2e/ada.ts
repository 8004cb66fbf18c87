import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { AgentView } from '../../shared/api/views.ts'
import { membersOf } from '../../shared/process/members.ts'
import { run } from '../fakes/run.ts'
import type { Installation } from './installation.ts'

/** As the API has her: a command for each look would take a core from the plane that is looked at. */
export async function look({ api }: Installation): Promise<AgentView> {
  const { getAgent } = await api()
  return (await getAgent({ plane: 'local', name: 'ada' })).agent
}

/** Whether she has said lately that she is there. */
export const isProven = ({ phase, heartbeat }: AgentView): boolean =>
  phase === 'Ready' && (heartbeat?.ageMs ?? Infinity) <= 30_000

/** What she answers to the command that `planes open` prints. */
export async function ping({ planes }: Installation): Promise<string> {
  const { stdout, stderr } = await planes(['open', '--plane', 'local', '--name', 'ada'])
  expect(stdout).toMatch(/^http:.*#token=/)
  const [, command = ''] = /^Or ask it something from a terminal: (.*)$/m.exec(stderr) ?? []
  // Where it takes itself for tested, OpenClaw says nothing.
  const { PATH, HOME } = process.env
  return (await run('sh', ['-c', command], { env: { PATH, HOME } })).stdout
}

/** The process that is her gateway. */
export async function gatewayOf({ machineId = '' }: AgentView): Promise<number> {
  for (const pid of await membersOf(machineId)) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith('openclaw-gateway')) return pid
  }
  throw new Error('no gateway runs')
}
