import { randomBytes } from 'node:crypto'
import { Firestore } from '@google-cloud/firestore'
import { inChild } from './child.ts'
import type { Bench, Hosts } from './bench.ts'
import { bareEngine } from './engine.ts'
import { seed } from './settled.ts'
import type { SweepCost } from './sweep-once.ts'

const AGENTS = 10_000
const TARGET_S = 5
const TARGET_MB = 150

/** One sweep over ten thousand agents that need nothing. */
export const sweep: Bench = {
  name: 'sweep',
  run: async (bed) => {
    const project = await seededProject(await bed.emulators(), AGENTS)
    const cost = (await inChild(new URL('sweep-once.ts', import.meta.url), [project, String(AGENTS)], {}, [
      '--expose-gc',
    ])) as SweepCost
    const { seconds, cpuSeconds, growthBytes, calls, writes, asked } = cost
    const growthMb = growthBytes / 1e6
    const of = `sweep of ${AGENTS} settled agents`
    return [
      { name: `${of}, writes`, figure: `${writes} (${asked} messages)`, target: '0', missed: writes > 0 },
      {
        name: `${of}, time`,
        figure: `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of its CPU)`,
        target: `≤ ${TARGET_S} s`,
        ratio: seconds / TARGET_S,
      },
      {
        name: `${of}, peak memory growth`,
        figure: `${growthMb.toFixed(0)} MB`,
        target: `≤ ${TARGET_MB} MB`,
        ratio: growthMb / TARGET_MB,
      },
      { name: `${of}, requests to Firestore`, figure: `${calls}` },
    ]
  },
}

/** A fresh project with so many settled agents; its name. */
export async function seededProject({ firestoreHost, pubsubHost }: Hosts, agents: number): Promise<string> {
  Object.assign(process.env, { FIRESTORE_EMULATOR_HOST: firestoreHost, PUBSUB_EMULATOR_HOST: pubsubHost })
  const project = `demo-${randomBytes(6).toString('hex')}`
  const firestore = new Firestore({ projectId: project })
  const { ports } = await bareEngine(project, firestore)
  await seed(firestore, ports, agents)
  await firestore.terminate()
  return project
}
