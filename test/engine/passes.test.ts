import { expect, test } from 'vitest'
import { reconcile } from '../../shared/engine/reconcile.ts'
import { agentFields, planeFields } from '../contract/statuses.ts'
import { portsOf } from '../fakes/ports.ts'
import { World } from '../fakes/world.ts'
import type { Worker } from '../fakes/world.ts'

const worker: Worker = { id: 1, what: 'test', skewMs: 0, redeliver: undefined, dead: false, done: false }

/** A plane that stands, an agent that was accepted, and what a pass over it does from now on. */
async function accepted() {
  const world = new World()
  const done: string[] = []
  world.effect = async (_worker, label, run) => {
    done.push(label)
    return run()
  }
  const ports = portsOf(world, worker)
  const plane = world.store.putPlane('acme', planeFields)
  for (const step of [undefined, 'services', 'grants', 'network'] as const) await reconcile(plane, ports, { step })
  const ada = world.store.putAgent('acme', 'ada', agentFields)
  await reconcile(ada, ports)
  done.length = 0
  return { world, ports, ada, done }
}

test('a pass that nobody disturbs reads once: its outcome is written from the view of its intent', async () => {
  const { ports, ada, done } = await accepted()
  await reconcile(ada, ports, { step: 'identity' })
  expect(done.filter((label) => label === 'viewAgent')).toHaveLength(1)
  expect(done.filter((label) => label.startsWith('updateStatus'))).toHaveLength(2)
})

test('an outcome is decided from today’s spec when somebody acted on a newer one', async () => {
  const { world, ports, ada, done } = await accepted()
  world.cloud.onMutation.push(() => {
    world.cloud.onMutation.length = 0
    world.store.putAgent('acme', 'ada', { ...agentFields, desiredState: 'removed' })
    const status = world.store.statuses.get(ada.uid)
    if (status !== undefined) world.store.update(ada, status.version, { target: 'absent' })
  })
  await reconcile(ada, ports, { step: 'identity' })
  expect(done.filter((label) => label === 'viewAgent')).toHaveLength(2)
  expect(world.store.agentStatus(ada.uid)).toMatchObject({ target: 'absent', steps: { identity: { state: 'ready' } } })
})
