import { changePlane } from './change-plane.ts'
import type { Context } from './command.ts'
import { isClosing, refuseUnlessOpenIn } from './find-agent.ts'
import { someOf } from './no-such.ts'
import { Refusal } from './refusal.ts'

/** Removes a plane for good. It is closed at once, and taken down when nothing is kept of its agents any more. */
export const removePlane = changePlane<'removePlane'>({
  action: 'remove-plane',
  edit: async ({ plane }, view, context) => {
    if (isClosing(view)) return {}
    refuseUnlessOpenIn('remove', view)
    await refuseInhabited(plane, context)
    return { desiredState: 'removed' }
  },
})

/** @throws Refusal 409 while there are agents that nobody asked to remove */
async function refuseInhabited(plane: string, { ports: { specs } }: Context): Promise<void> {
  const statuses = await specs.listAgentStatuses(plane, { includePurged: false })
  const leaving = new Set(statuses.flatMap(({ status }) => (status.target === 'absent' ? [status.uid] : [])))
  const documents = await specs.listAgents(plane)
  const staying = documents.filter(
    ({ uid, parsed }) => !leaving.has(uid) && !(parsed.ok ? parsed.spec.desiredState === 'removed' : parsed.removed),
  )
  if (staying.length === 0) return
  throw new Refusal(409, {
    code: 'HasAgents',
    message: `Plane "${plane}" has agents: ${someOf(staying.map(({ ref }) => ref.name))}.`,
    field: 'plane',
    suggestion: `Remove them first: planes remove-agent --plane ${plane} --name NAME`,
  })
}
