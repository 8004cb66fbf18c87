import { time } from '../clock.ts'
import { asText } from '../json.ts'
import type { Entry } from '../store.ts'
import type { World } from '../world.ts'
import { attributesOf } from './facts.ts'

export type SayOfMachine = (instance: Entry, severity: 'INFO' | 'WARNING' | 'ERROR', text: string) => void

/** Writes what a machine logs to the cloud's log entries, as its log agent would. */
export const machineLog =
  ({ logs, clock, ids }: Pick<World, 'logs' | 'clock' | 'ids'>): SayOfMachine =>
  (instance, severity, textPayload) => {
    const [, project = '', , zone = ''] = instance.name.split('/')
    logs.write({
      logName: `projects/${project}/logs/agents-plane`,
      timestamp: time(clock.nowMs()),
      insertId: ids.numeric(),
      severity,
      labels: { 'ap-agent-uid': attributesOf(instance.body)['ap-agent-uid'] ?? '' },
      resource: {
        type: 'gce_instance',
        labels: { instance_id: asText(instance.body['id']), zone, project_id: project },
      },
      textPayload,
    })
  }
