import type { AgentStep, PlaneStep } from '../documents/message.ts'

/** One node of a graph: a step and what it waits for. */
export type Node<Name extends string> = { readonly name: Name; readonly needs: readonly Name[] }

/** A graph being written. A step may only need steps above it, so a cycle or a typo is a type error. */
type Graph<Name extends string> = {
  readonly nodes: readonly Node<Name>[]
  add<New extends string>(name: Exclude<New, Name>, needs: readonly Name[]): Graph<Name | New>
}

function graph<Name extends string = never>(nodes: readonly Node<Name>[] = []): Graph<Name> {
  return {
    nodes,
    add: <New extends string>(name: New, needs: readonly Name[]) => graph<Name | New>([...nodes, { name, needs }]),
  }
}

/** How an agent comes to life. */
export const agentGraph: readonly Node<AgentStep>[] = graph()
  .add('identity', [])
  .add('disk', [])
  .add('secrets', ['identity'])
  .add('egress', ['identity'])
  .add('machine', ['identity', 'secrets', 'egress', 'disk'])
  .add('access', ['identity', 'machine'])
  .add('channels', ['machine'])
  .add('runtime', ['machine']).nodes

/**
 * How an agent is taken away: access first, secrets last. `identity:held` disables the account before the machine goes;
 * `disk:held` keeps the disk, and the last line, once retention is over, purges it.
 */
export const agentRemoval: readonly Node<AgentStep | `${AgentStep}:held`>[] = graph()
  .add('access', [])
  .add('runtime', [])
  .add('channels', [])
  .add('identity:held', ['access'])
  .add('machine', ['identity:held', 'runtime', 'channels'])
  .add('egress', ['machine'])
  .add('disk:held', ['machine'])
  .add('secrets', ['machine', 'egress', 'disk:held'])
  .add('identity', ['secrets'])
  .add('disk', ['identity']).nodes

/** How a plane is prepared for its agents. */
export const planeGraph: readonly Node<PlaneStep>[] = graph()
  .add('services', [])
  .add('grants', ['services'])
  .add('network', ['grants']).nodes

/** How a plane is taken away, once no agent is left. */
export const planeRemoval: readonly Node<PlaneStep>[] = graph()
  .add('network', [])
  .add('grants', ['network'])
  .add('services', ['grants']).nodes
