import { parseArgs } from 'node:util'
import { realClock } from './clock.ts'
import { simulatedCloud } from './cloud.ts'
import { seededRandom } from './ids.ts'
import { defaultRates, typicalLatencies, typicalPropagation } from './latencies.ts'
import { calm, project } from './options.ts'
import type { Options } from './options.ts'
import { keepTicking, postHeartbeat } from './machines/keep-ticking.ts'
import { simulatedMachines } from './machines/machines.ts'
import { listen } from './server.ts'

const USAGE = `Runs a simulated Google Cloud on this computer.

  node infra/local/gcp/main.ts --port 9600 [options]

  --port <n>        where to listen (default 0: any free port)
  --project <id>    a project to start with, may be given more than once (default demo-project)
  --owner <member>  who owns them, as user:admin@example.com (the default)
  --scale <n>       latencies and propagation as in the real cloud, times n (default 0: everything at once)
  --rates           limit calls a minute as new projects are limited
  --seed <n>        repeat a run's ids and delays (default 1)

Callers are named by their token: Authorization: Bearer sim:admin@example.com`

/** From RUNNING to a gateway that answers, on a baked image. */
const BOOT_MS = 45_000
const TICK_MS = 500

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    project: { type: 'string', multiple: true, default: ['demo-project'] },
    owner: { type: 'string', default: 'user:admin@example.com' },
    scale: { type: 'string', default: '0' },
    rates: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})

function optionsOf(): Options {
  const scale = Number(values.scale)
  return {
    ...calm,
    // Clients made for the real cloud send these, and the real cloud ignores them.
    readOnlyFields: 'ignore',
    projects: values.project.map((id, index) => project(id, String(123_456_789_012 + index), [values.owner])),
    latencies: typicalLatencies(scale),
    propagation: typicalPropagation(scale),
    ...(values.rates && { rates: defaultRates }),
  }
}

if (values.help) console.log(USAGE)
else {
  const cloud = simulatedCloud(optionsOf(), { clock: realClock(), random: seededRandom(Number(values.seed)) })
  const { address, close } = await listen(cloud, Number(values.port))
  const settings = { bootMs: BOOT_MS * Number(values.scale), heartbeatEveryMs: 60_000, post: postHeartbeat }
  const stopTicking = keepTicking(simulatedMachines(cloud, settings), TICK_MS)
  console.log(`The simulated cloud listens on ${address}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void Promise.all([stopTicking(), close()]))
}
