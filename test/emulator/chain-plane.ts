import type { Firestore } from '@google-cloud/firestore'
import { afterAll, afterEach, beforeAll, inject } from 'vitest'
import type { DocumentSource } from '../../infra/local/bridge/bridge.ts'
import type { Log, LogFields } from '../../shared/ports/log.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { startInstantPlane } from '../fakes/instant-plane.ts'
import type { InstantPlane, InstantPlaneOptions } from '../fakes/instant-plane.ts'
import { routedInlet } from './event-router.ts'

/** One line of log, as it was written. */
export type Entry = LogFields & { readonly level: string; readonly event: string }

/** The chain of one test file, and what its functions logged. */
export type Chain = { readonly plane: () => InstantPlane; readonly entries: readonly Entry[] }

/** Starts the chain for a test file: all of its tests share one project, as agents share an installation. */
export function chainOfFile(alter?: (ports: Ports) => Ports, besides?: InstantPlaneOptions['besides']): Chain {
  const { log, entries } = entryLog()
  let plane: InstantPlane | undefined
  beforeAll(async () => {
    plane = await startInstantPlane({
      firestoreHost: inject('firestoreHost'),
      pubsubHost: inject('pubsubHost'),
      documentsOf,
      log,
      ...(alter === undefined ? {} : { alter }),
      ...(besides === undefined ? {} : { besides }),
    })
  })
  afterEach(({ task }) => {
    // What a function could not do says more than the wait that was in vain.
    if (task.result?.state === 'fail') console.error(entries.filter(({ level }) => level !== 'info').slice(-20))
  })
  afterAll(() => plane?.stop())
  return {
    plane: () => {
      if (plane === undefined) throw new Error('the chain was not started')
      return plane
    },
    entries,
  }
}

async function documentsOf(project: string, firestore: Firestore): Promise<DocumentSource> {
  const router = inject('eventRouter')
  if (!router) return { is: 'watched', firestore }
  const inlet = await routedInlet(router, project)
  return { is: 'delivered', inlet, firestoreHost: inject('firestoreHost') }
}

function entryLog(): { readonly log: Log; readonly entries: Entry[] } {
  const entries: Entry[] = []
  const keep = (level: string) => (event: string, fields?: LogFields) => void entries.push({ level, event, ...fields })
  return { log: { info: keep('info'), warn: keep('warn'), error: keep('error') }, entries }
}
