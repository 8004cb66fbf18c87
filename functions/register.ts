import { cloudEvent, http } from '@google-cloud/functions-framework'
import type { Log } from '../shared/ports/log.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { HeartbeatPorts } from './heartbeat.ts'
import { heartbeat } from './heartbeat.ts'
import { served } from './http.ts'
import type { WebHandler } from './http.ts'
import { api } from './api.ts'
import { onAgentWritten } from './on-agent-written.ts'
import { onPlaneWritten } from './on-plane-written.ts'
import { step } from './step.ts'
import { sweep } from './sweep.ts'
import { triggers } from './triggers.ts'

/** What the functions are made of; each takes only what it needs, and when it needs it. */
export type Wiring = {
  readonly log: Log
  readonly ports: () => Promise<Ports>
  readonly heartbeat: () => Promise<HeartbeatPorts>
  readonly api: () => Promise<WebHandler>
}

/** The table of contents: every deployed function and the shape of its trigger. */
export function register(wiring: Wiring): void {
  cloudEvent('onPlaneWritten', onPlaneWritten(wiring.ports))
  cloudEvent('onAgentWritten', onAgentWritten(wiring.ports))
  for (const trigger of triggers)
    if (trigger.kind === 'topic') cloudEvent(trigger.name, step(trigger.topic, wiring.ports))
  http('sweep', served(sweep(wiring.ports), wiring.log))
  http('heartbeat', served(heartbeat(wiring.heartbeat), wiring.log))
  http('api', served(api(wiring.api), wiring.log))
}
