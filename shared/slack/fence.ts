import type { CommandPorts } from '../commands/ports.ts'
import type { Clock } from '../ports/clock.ts'
import type { Notifier, SlackRecords } from '../ports/slack.ts'
import { TooLate } from './reply.ts'

const WRITES = [
  'createPlane',
  'createAgent',
  'updatePlane',
  'updateAgent',
  'setPurgeAt',
  'putMember',
  'removeMember',
  'audit',
] as const satisfies readonly (keyof CommandPorts['specs'])[]

/** The same notifier, which does nothing once Slack has been answered. @throws TooLate */
export const fencedNotifier = (notifier: Notifier, clock: Clock, untilMs: number): Notifier => ({
  run: async (errand) => {
    if (clock.nowMs() >= untilMs) throw new TooLate(`${errand.do} came after the answer`)
    await notifier.run(errand)
  },
})

/**
 * The same records, in which no link is changed once Slack has been answered. All else in them is remembered of one request,
 * and changes nothing of anybody's. @throws TooLate
 */
export const fencedRecords = (records: SlackRecords, clock: Clock, untilMs: number): SlackRecords => ({
  ...records,
  putLink: async (...wanted) => {
    if (clock.nowMs() >= untilMs) throw new TooLate('putLink came after the answer')
    await records.putLink(...wanted)
  },
})

/** The same ports, which write nothing once Slack has been answered. @throws TooLate from a write that comes too late */
export function fenced(ports: CommandPorts, untilMs: number): CommandPorts {
  const { specs, clock } = ports
  const guarded = WRITES.map((name) => {
    const write = specs[name] as (...given: readonly unknown[]) => Promise<unknown>
    return [
      name,
      async (...given: readonly unknown[]): Promise<unknown> => {
        if (clock.nowMs() >= untilMs) throw new TooLate(`${name} came after the answer`)
        return write(...given)
      },
    ]
  })
  return { ...ports, specs: { ...specs, ...(Object.fromEntries(guarded) as Partial<CommandPorts['specs']>) } }
}
