import type { Condition } from '../documents/status.ts'

/** What is wrong beside the steps, the gravest first, and the status of each condition that says so. */
const FAULTS = { SpecMissing: 'True', SpecInvalid: 'True', SpecRejected: 'True', Alive: 'False' } as const
type Fault = keyof typeof FAULTS

type Told = Pick<Condition, 'status'>

/** Whether one of them is so. */
export const isFault = (conditions: Readonly<Record<string, Told>>, name: Fault): boolean =>
  conditions[name]?.status === FAULTS[name]

/** The condition that makes a phase worse than the steps do; of several the gravest. Most conditions are good when True. */
export function faultOf<C extends Told>(conditions: Readonly<Record<string, C>>): C | undefined {
  const gravest = (Object.keys(FAULTS) as Fault[]).find((name) => isFault(conditions, name))
  return gravest && conditions[gravest]
}
