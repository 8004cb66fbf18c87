import { ApiError, invalid } from './errors.ts'
import type { Cloud, CloudRequest, CloudResponse } from './cloud.ts'
import type { VirtualClock } from './clock.ts'
import { inventory } from './inventory.ts'
import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { troubleKinds } from './troubles.ts'
import type { Trouble } from './troubles.ts'

export const CONTROL_PREFIX = '/__sim/'

type Control = (body: JsonObject, cloud: Cloud) => Json

const isVirtual = (clock: Cloud['world']['clock']): clock is VirtualClock => 'advance' in clock

/**
 * What a test may do to the cloud from outside. `POST …/troubles` with a Trouble, `POST …/logs` with a log entry,
 * `POST …/clock` with `advanceMs` where the clock is virtual; the GETs are for reading.
 */
const controls: Readonly<Record<string, Control>> = {
  'GET inventory': (_, { world }) => inventory(world),
  'GET permissions': (_, { world: { access } }) =>
    Object.fromEntries(access.callers().map((caller) => [caller, { ...access.usage(caller) }])),
  'DELETE permissions': (_, { world: { access } }) => {
    access.forgetUses()
    return {}
  },
  'GET troubles': (_, { world }) => world.troubles.waiting(),
  'POST troubles': (body, { world }) => {
    world.troubles.add(troubleOf(body))
    return {}
  },
  'DELETE troubles': (_, { world }) => {
    world.troubles.clear()
    return {}
  },
  'POST logs': (body, { world }) => {
    world.logs.write(body)
    return {}
  },
  'GET certs': (_, { world: { signer } }) => signer.certs(),
  'GET clock': (_, { world }) => ({ nowMs: world.clock.nowMs() }),
  'POST clock': (body, { world: { clock } }) => {
    const { advanceMs } = body
    if (!isVirtual(clock) || typeof advanceMs !== 'number')
      throw invalid('Only a virtual clock can be advanced, by advanceMs.')
    clock.advance(advanceMs)
    return { nowMs: clock.nowMs() }
  },
}

function troubleOf(body: JsonObject): Trouble {
  const { kind, method } = body
  if (typeof method !== 'string' || !troubleKinds.some((known) => known === kind))
    throw invalid(`A trouble has a method and a kind, one of ${troubleKinds.join(', ')}.`)
  return body as unknown as Trouble
}

/** Answers a control request; refused unless the cloud was made with `control`. */
export function answerControl({ httpMethod, url, body }: CloudRequest, cloud: Cloud): CloudResponse {
  const control = controls[`${httpMethod} ${url.slice(CONTROL_PREFIX.length)}`]
  try {
    if (!cloud.world.options.control)
      throw new ApiError('PERMISSION_DENIED', 'This simulated cloud takes no control requests.')
    if (control === undefined)
      throw invalid(`No such control: ${httpMethod} ${url}. There are: ${Object.keys(controls).join(', ')}.`)
    cloud.world.operations.settle()
    const parsed: unknown = body === '' ? {} : JSON.parse(body)
    return { status: 200, body: control(isObject(parsed) ? parsed : {}, cloud) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { status: error.http, body: { error: { code: error.http, message: error.message, status: error.status } } }
  }
}
