import { cloudEvent, http } from '@google-cloud/functions-framework'
import type { Log } from '../shared/ports/log.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { NotifyPorts } from '../shared/slack/ports.ts'
import type { HeartbeatPorts } from './heartbeat.ts'
import { heartbeat } from './heartbeat.ts'
import { served } from './http.ts'
import type { WebHandler } from './http.ts'
import { api } from './api.ts'
import { openNoDomains } from './no-domains.ts'
import { onAgentWritten } from './on-agent-written.ts'
import { onPlaneWritten } from './on-plane-written.ts'
import { slack } from './slack.ts'
import type { SlackFunction } from './slack.ts'
import { slackNotify } from './slack-notify.ts'
import { step } from './step.ts'
import { sweep } from './sweep.ts'
import { triggers } from './triggers.ts'

/** What the functions are made of; each takes only what it needs, and when it needs it. */
export type Wiring = {
  readonly log: Log
  /** What one function works with, by its name: each has an account of its own. */
  readonly ports: (functionName: string) => Promise<Ports>
  readonly heartbeat: () => Promise<HeartbeatPorts>
  readonly api: () => Promise<WebHandler>
  /** Without Slack, both give nothing. */
  readonly slack?: () => Promise<SlackFunction | undefined>
  readonly slackNotify?: () => Promise<NotifyPorts | undefined>
}

const noSlack = async (): Promise<undefined> => undefined

/** The table of contents: every deployed function and the shape of its trigger. */
export function register(wiring: Wiring): void {
  const { log, ports } = wiring
  openNoDomains()
  const portsOf = (functionName: string) => () => ports(functionName)
  cloudEvent('onPlaneWritten', onPlaneWritten(portsOf('onPlaneWritten')))
  cloudEvent('onAgentWritten', onAgentWritten(portsOf('onAgentWritten')))
  for (const { name, ...trigger } of triggers)
    if (trigger.kind === 'topic') cloudEvent(name, step(trigger.topic, portsOf(name)))
  http('sweep', served(sweep(portsOf('sweep')), log))
  http('heartbeat', served(heartbeat(wiring.heartbeat), log))
  http('api', served(api(wiring.api), log))
  http('slack', slack(wiring.slack ?? noSlack, log))
  cloudEvent('slackNotify', slackNotify(wiring.slackNotify ?? noSlack))
}
