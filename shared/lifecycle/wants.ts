import type { StepName } from '../documents/message.ts'
import type { Subject } from '../documents/subject.ts'
import type { Desired } from './definition.ts'
import type { Node } from './graph.ts'
import { wantOf } from './want.ts'

export type Wants = ReadonlyMap<StepName, string>

/** Wants by the resources they were derived from, with the rest they were derived from beside them. */
const remembered = new WeakMap<object, { readonly from: readonly unknown[]; readonly wants: Wants }>()

/**
 * Today's want of every step. One pass asks before and after its write, mostly of the very same documents, and hashing is
 * the dearest part of a decision: so the last answer is kept, by reference.
 */
export function wantsOf(
  graph: readonly Node<StepName>[],
  subject: Subject,
  desired: Desired,
  from: readonly unknown[],
): Wants {
  const known = remembered.get(subject.resources)
  if (known !== undefined && known.from.every((part, i) => part === from[i])) return known.wants
  const wants = new Map(graph.map(({ name }) => [name, wantOf(desired(name, subject))]))
  remembered.set(subject.resources, { from, wants })
  return wants
}
