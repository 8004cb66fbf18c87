import { expect, test, vi } from 'vitest'
import type { JsonObject } from '../../infra/local/gcp/json.ts'
import type { AgentView, PlaneView } from '../../shared/api/views.ts'
import { wholeListing } from '../gcp/listing.ts'
import { installationOfFile, wantEmulators } from './installation.ts'

const LIFE_MS = 300_000

const installation = installationOfFile(26_000)
const planes = (...args: readonly string[]) => installation().planes(args)

type Fleet = PlaneView & { readonly agents: readonly AgentView[] }

async function fleet(name: string): Promise<Fleet> {
  const { stdout } = await planes('status', '--plane', name, '--all', '--json')
  const [found] = (JSON.parse(stdout) as { readonly planes: readonly Fleet[] }).planes
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

type Inventory = JsonObject & { readonly resources: readonly { readonly name: string }[] }

/** Everything in the simulated cloud. */
const inventory = async (address: string): Promise<Inventory> =>
  (await (await fetch(`${address}/__sim/inventory`)).json()) as Inventory

/** What carries the plane's or the agent's id in the cloud and that `status` does not list. */
function unlisted(there: readonly string[], { uid, resources }: Fleet, alice: AgentView): readonly string[] {
  const names = [...resources, ...alice.resources].map(({ name }) => name)
  return there.filter((found) => found.includes(uid) && !names.some((name) => found.endsWith(`/${name}`)))
}

test('planes on a simulated Google Cloud give a person an agent, list all it has, and take it away without a trace', async (context) => {
  wantEmulators(context)
  const { start, stop, local } = installation()
  expect(await start('--simulate-gcp', '--scale', '0.02', '--no-agent')).toContain('simulated Google Cloud')
  const { urls } = await local()
  const address = urls['google cloud'] ?? ''

  const created = await planes('create', '--name', 'acme', '--project', 'demo-project', '--region', 'us-central1')
  expect(created).toMatchObject({ code: 0 })
  const isThere = async () => (await fleet('acme')).phase === 'Ready'
  await vi.waitUntil(isThere, { timeout: LIFE_MS, interval: 500 })
  const before = wholeListing(await inventory(address))
  const one = ['--plane', 'acme', '--name', 'alice']
  const added = await planes('add-agent', ...one, '--owner', 'alice@example.com', '--secret', 'notes', '--wait')
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Ready') })

  const acme = await fleet('acme')
  const alice = acme.agents[0]
  if (alice === undefined) throw new Error('there is no alice')
  expect(acme).toMatchObject({ backend: 'vm', phase: 'Ready' })
  expect(acme.resources.map(({ kind }) => kind)).toContain('firewall policy')
  expect(alice.resources.map(({ kind }) => kind)).toEqual(['account', 'secret', 'disk', 'machine'])
  const there = (await inventory(address)).resources.map(({ name }) => name)
  for (const { name } of [...acme.resources, ...alice.resources])
    expect(there.some((found) => found.endsWith(`/${name}`) || found.endsWith('/routers/' + name))).toBe(true)
  expect(unlisted(there, acme, alice)).toEqual([])
  expect((await planes('status', ...one)).stdout).toContain(alice.machineId)

  const set = await planes('secret', 'set', ...one, '--secret', 'notes')
  expect(set).toMatchObject({ code: 1, stdout: expect.stringContaining('gcloud secrets versions add') })
  expect(set.stderr).toContain(`The cloud of this plane is not Google's own.`)
  const open = await planes('open', ...one)
  expect(open.stdout).toContain(`gcloud compute ssh ap-${acme.uid}-${alice.uid}`)
  expect((await planes('logs', ...one)).stdout).toContain('gateway is ready')

  await planes('create', '--name', 'ungranted', '--project', 'demo-control', '--region', 'us-east4')
  const told = async () => (await planes('status', '--plane', 'ungranted')).stdout
  const fix = 'planes grants --project demo-control --control-project demo-control --script'
  await vi.waitUntil(async () => (await told()).includes(fix), { timeout: LIFE_MS, interval: 500 })

  const removed = await planes('remove-agent', ...one, '--purge', '--yes', '--wait')
  expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('Purged') })
  expect(wholeListing(await inventory(address))).toEqual(before)

  expect(await stop()).toBe(0)
})
