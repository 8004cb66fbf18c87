import { writeRequest } from '../../../machine/vm/cloud-logging.ts'
import { parseOwner } from '../../../machine/vm/facts.ts'
import type { JournalLine } from '../../../machine/vm/journal-line.ts'
import { Refused } from '../../../machine/vm/refused.ts'
import type { Cloud } from '../cloud.ts'
import { time } from '../clock.ts'
import { asText, textOf } from '../json.ts'
import type { Entry } from '../store.ts'
import { accountOfMachine } from '../tokens/identity-token.ts'
import { attributesOf } from './facts.ts'

export type SayOfMachine = (instance: Entry, severity: JournalLine['severity'], text: string) => Promise<void>

/**
 * Writes what a machine says to Cloud Logging as a real one does: as its own account, under the labels of its agent.
 * Without an account or an agent it stays unsaid, and so does what may not be written.
 */
export const machineLog =
  (cloud: Cloud): SayOfMachine =>
  async (instance, severity, text) => {
    const [, project = '', , zone = ''] = instance.name.split('/')
    const account = accountOfMachine(instance, cloud.world)
    const owner = ownerOf(project, instance)
    if (account === undefined || owner === undefined) return
    const { clock, ids } = cloud.world
    const line = { cursor: ids.numeric(), at: time(clock.nowMs()), severity, text }
    const source = { ...owner, instance: { id: asText(instance.body['id']), zone } }
    await cloud.answer({
      httpMethod: 'POST',
      url: '/v2/entries:write',
      body: JSON.stringify(writeRequest(source, [line])),
      authorization: `Bearer sim:${textOf(account.body, 'email')}`,
    })
  }

function ownerOf(project: string, { body }: Entry): ReturnType<typeof parseOwner> | undefined {
  try {
    return parseOwner(project, attributesOf({ metadata: body['metadata'] }))
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}
