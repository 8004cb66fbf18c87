import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import getPort from 'get-port'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import { emulatorCall } from '../emulators/firestore.ts'
import type { Delivery } from './cloud-event.ts'
import { documentEvent } from './document-event.ts'

/** Triggers on documents. */
export type DocumentTrigger = Extract<Trigger, { kind: 'firestore' }>

/** Where the Firestore emulator delivers to. It listens before the emulator starts, as the emulator is told its address then. */
export type Inlet = {
  /** `host:port` for the emulator's `--functions_emulator`. */
  readonly host: string
  /** From now on, what arrives is handed to `accept`. */
  open(accept: (delivery: Delivery) => void): void
  close(): Promise<void>
}

/** Opens the address that the Firestore emulator delivers to. It answers at once: the emulator delivers one event at a time. */
export async function openInlet(onDropped: (reason: string, document: string) => void, log: Log): Promise<Inlet> {
  let accept: ((delivery: Delivery) => void) | undefined
  const server = createServer((request, response) => {
    void receive(request, onDropped)
      .then((delivery) => delivery && accept?.(delivery))
      .catch((error: unknown) => log.error('event.unreadable', { error }))
      .finally(() => response.writeHead(204).end())
  })
  const host = await listen(server)
  return {
    host,
    open: (next) => {
      accept = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function listen(server: Server): Promise<string> {
  const port = await getPort({ host: '127.0.0.1' })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve())
  })
  return `127.0.0.1:${port}`
}

async function receive(
  request: IncomingMessage,
  onDropped: (reason: string, document: string) => void,
): Promise<Delivery | undefined> {
  const body = await text(request)
  const [, project, functionName] = /^\/functions\/projects\/([^/]+)\/triggers\/([^/]+)$/.exec(request.url ?? '') ?? []
  if (project === undefined || functionName === undefined) throw new Error(`unexpected delivery to ${request.url}`)
  const result = documentEvent(plainHeaders(request), body)
  if (result.is === 'dropped') {
    onDropped(result.reason, result.document)
    return undefined
  }
  const { headers, body: data } = result.event
  const letter = {
    data,
    attributes: headers,
    subscription: `eventarc-${functionName}`,
    publishTime: headers['ce-time'] ?? '',
  }
  return { functionName, letter, event: () => result.event }
}

const plainHeaders = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )

/** Asks the emulator to deliver a function's events. The same name again replaces the former. */
export async function registerTrigger(host: string, project: string, trigger: DocumentTrigger): Promise<void> {
  await emulatorCall(host, project, `/eventarcTrigger?eventarcTriggerId=${trigger.name}`, {
    eventType: trigger.eventType,
    database: '(default)',
    namespace: '(default)',
    document: { value: trigger.document, matchType: 'PATH_PATTERN' },
  })
}
