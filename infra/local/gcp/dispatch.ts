import type { Cloud } from './cloud.ts'
import { asText, isObject, textOf } from './json.ts'
import type { Entry } from './store.ts'
import { forgetTask } from './tasks.ts'

/** Sends what a task asks for; whether it was taken. */
export type Deliver = (url: string, body: string) => Promise<boolean>

/** What Cloud Tasks does by itself. */
export type Dispatcher = {
  /** Delivers every task that is due; one that was not taken stays due. */
  readonly tick: () => Promise<void>
}

/** Delivers the tasks of all queues when their time has come by the cloud's clock. */
export function dispatcher({ world }: Cloud, deliver: Deliver): Dispatcher {
  const underWay = new Set<string>()

  const dispatch = async (task: Entry): Promise<void> => {
    if (underWay.has(task.name)) return
    underWay.add(task.name)
    try {
      const { url, body } = requestOf(task)
      const isTaken = await deliver(url, body)
      // Somebody may have deleted it meanwhile.
      if (isTaken && isWaiting(world.store.find(task.name))) forgetTask(task.name, world)
    } finally {
      underWay.delete(task.name)
    }
  }

  return {
    tick: async () => {
      const nowMs = world.clock.nowMs()
      const due = world.store
        .list('tasks', 'projects/')
        .filter((task) => isWaiting(task) && Date.parse(textOf(task.body, 'scheduleTime')) <= nowMs)
      await Promise.all(due.map(dispatch))
    },
  }
}

const isWaiting = (task: Entry | undefined): boolean => task !== undefined && task.body['goneAtMs'] === undefined

function requestOf({ body }: Entry): { readonly url: string; readonly body: string } {
  const request = isObject(body['httpRequest']) ? body['httpRequest'] : {}
  return { url: textOf(request, 'url'), body: Buffer.from(asText(request['body']), 'base64').toString() }
}
