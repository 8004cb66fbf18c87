import type { AgentView, PlaneView } from '../../shared/api/views.ts'

type ConditionView = (AgentView | PlaneView)['conditions'][number]

/** A condition with something to tell. */
export type Told = ConditionView & { readonly message: string }

/** That agents share a computer, and a Unix user, is so by choice, and told of in the agent's own view. */
const CHOSEN = new Set(['NoNetworkIsolation', 'OneUnixUser'])

/** The conditions that somebody should know of, or do something about. */
export const toldConditions = ({ conditions }: AgentView | PlaneView): readonly Told[] =>
  conditions.filter((condition): condition is Told => condition.message !== undefined && !isFine(condition))

/** That nobody can read secrets has its own small print. */
const isFine = ({ name, status, reason }: ConditionView): boolean =>
  CHOSEN.has(reason) || (name === 'AdminSeparation' && status === 'True')
