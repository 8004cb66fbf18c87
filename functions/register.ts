import { cloudEvent, http } from '@google-cloud/functions-framework'
import type { CloudEvent, HttpFunction } from '@google-cloud/functions-framework'
import type { Log } from '../shared/ports/log.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { NotifyPorts } from '../shared/slack/ports.ts'
import type { HeartbeatPorts } from './heartbeat.ts'
import { heartbeat } from './heartbeat.ts'
import { served } from './http.ts'
import type { WebHandler } from './http.ts'
import { api } from './api.ts'
import { onAgentWritten } from './on-agent-written.ts'
import { onPlaneWritten } from './on-plane-written.ts'
import { outsideDomain } from './outside-domain.ts'
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
  const portsOf = (functionName: string) => () => ports(functionName)
  onEvent('onPlaneWritten', onPlaneWritten(portsOf('onPlaneWritten')))
  onEvent('onAgentWritten', onAgentWritten(portsOf('onAgentWritten')))
  for (const { name, ...trigger } of triggers)
    if (trigger.kind === 'topic') onEvent(name, step(trigger.topic, portsOf(name)))
  onRequest('sweep', served(sweep(portsOf('sweep')), log))
  onRequest('heartbeat', served(heartbeat(wiring.heartbeat), log))
  onRequest('api', served(api(wiring.api), log))
  onRequest('slack', slack(wiring.slack ?? noSlack, log))
  onEvent('slackNotify', slackNotify(wiring.slackNotify ?? noSlack))
}

const onEvent = (name: string, handler: (event: CloudEvent<unknown>) => Promise<unknown>): void =>
  cloudEvent(name, outsideDomain(handler))

const onRequest = (name: string, handler: HttpFunction): void => http(name, outsideDomain(handler))
