import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Log } from '../../../shared/ports/log.ts'
import type { Trigger } from '../../../functions/triggers.ts'
import { emulatorCall } from '../emulators/firestore.ts'
import type { Delivery } from './cloud-event.ts'
import { documentEvent } from './document-event.ts'

/** Triggers on documents. */
export type DocumentTrigger = Extract<Trigger, { kind: 'firestore' }>

/** What becomes of the events that arrive. */
export type Intake = {
  accept(delivery: Delivery): void
  /** Production would not deliver it either. */
  drop(reason: 'TooLarge' | 'NothingChanged', document: string): void
  readonly log: Log
}

/** Where the Firestore emulator delivers to. It listens before the emulator starts, as the emulator is told its address then. */
export type Inlet = {
  /** `host:port` for the emulator's `--functions_emulator`. */
  readonly host: string
  /** From now on, what arrives is handed over; what came before is lost, as nothing was registered then. */
  open(intake: Intake): void
  close(): Promise<void>
}

/** Opens the address that the Firestore emulator delivers to. It answers at once: the emulator delivers one event at a time. */
export async function openInlet(): Promise<Inlet> {
  let intake: Intake | undefined
  const server = createServer((request, response) => {
    void receive(request, intake).finally(() => response.writeHead(204).end())
  })
  // The emulator does not send an event again that met a connection which was just being closed.
  server.keepAliveTimeout = 0
  const host = await listen(server)
  return {
    host,
    open: (next) => {
      intake = next
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve())
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function receive(request: IncomingMessage, intake: Intake | undefined): Promise<void> {
  try {
    const body = await text(request)
    if (intake !== undefined) handOver(request, body, intake)
  } catch (error) {
    intake?.log.error('event.unreadable', { error })
  }
}

function handOver(request: IncomingMessage, body: string, intake: Intake): void {
  const functionName = /^\/functions\/projects\/[^/]+\/triggers\/([^/]+)$/.exec(request.url ?? '')?.[1]
  if (functionName === undefined) throw new Error(`unexpected delivery to ${request.url}`)
  const result = documentEvent(plainHeaders(request), body)
  if (result.is === 'dropped') return intake.drop(result.reason, result.document)
  const { headers, body: data } = result.event
  const letter = {
    data,
    attributes: headers,
    subscription: `eventarc-${functionName}`,
    publishTime: headers['ce-time'] ?? '',
  }
  intake.accept({ functionName, letter, event: () => result.event })
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
