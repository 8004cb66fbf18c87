import { argv, env, stdout } from 'node:process'

// The framework loads a function: it is there before anything of ours is, so it counts for neither side.
await import('@google-cloud/functions-framework')

const clients = {
  firestore: async () => new (await import('@google-cloud/firestore')).Firestore({ projectId: 'demo' }),
  pubsub: async () => new (await import('@google-cloud/pubsub')).PubSub({ projectId: 'demo' }),
}

async function construct(what: 'ports' | 'heartbeat' | 'api'): Promise<unknown> {
  const [{ readEnvironment }, { register }, { wiring }] = await Promise.all([
    import('../../functions/environment.ts'),
    import('../../functions/register.ts'),
    import('../../functions/wiring.ts'),
  ])
  const made = wiring(readEnvironment(env))
  register(made)
  return what === 'ports' ? made.ports('sweep') : made[what]()
}

const work = {
  ports: () => construct('ports'),
  heartbeat: () => construct('heartbeat'),
  api: () => construct('api'),
  'firestore+pubsub': () => Promise.all([clients.firestore(), clients.pubsub()]),
  pubsub: () => clients.pubsub(),
  firestore: () => clients.firestore(),
} as const

/** What can be timed. */
export type Timed = keyof typeof work

const startMs = performance.now()
await work[argv[2] as Timed]()
const ms = performance.now() - startMs
stdout.write(JSON.stringify(ms), () => process.exit(0))
