import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { TestContext } from 'vitest'
import { bakeImage } from './boot-bake.ts'
import type { Baking } from './boot-bake.ts'
import { whyNoBoot } from './boot-rootfs.ts'
import { CannotBoot, makeMachine } from './booted.ts'
import type { Booted } from './booted.ts'

const SETUP_MS = 600_000

/** A value that must be nowhere but where secrets are. */
export const CANARY = `canary-${randomBytes(8).toString('hex')}`

/** What somebody has all machines of the project run, as root, and the file that it leaves. */
export const LEFT_BY_PROJECT = 'root/project-was-here'
const OF_PROJECT = Object.fromEntries(
  ['startup-script', 'shutdown-script'].map((key) => [key, `#!/bin/sh\necho ${key} >>/${LEFT_BY_PROJECT}\n`]),
)

let missing: string | undefined
let attributes: Record<string, string> = {}

/** The machine of these tests, and how its image was made. */
export let machine: Booted
export let baking: Baking

beforeAll(async () => {
  missing = await whyNoBoot()
  if (missing !== undefined) return
  machine = await makeMachine()
  machine.tell({ projectAttributes: OF_PROJECT })
  try {
    baking = await bakeImage(machine)
  } catch (error) {
    if (!(error instanceof CannotBoot)) throw error
    missing = error.message
  }
}, SETUP_MS)

afterAll(() => machine?.close())

/** What takes a booted machine; a loud skip where there is none. */
export const onMachine = (body: () => Promise<void>) => async (context: TestContext) => {
  if (missing !== undefined) return context.skip(`a machine cannot be booted here: ${missing} is missing`)
  await body()
}

/** Tells the metadata server; `changes` are keys of this machine's own. */
export function tell(changes: Readonly<Record<string, string>>): void {
  attributes = { ...attributes, ...changes }
  machine.tell({ attributes })
}

/** Runs the startup script the way Google's guest agent does. */
export const rerun = (): Promise<string> => machine.on('root', 'google_metadata_script_runner startup 2>&1')

/** A property of the gateway's unit, as systemd says it. */
export const gateway = async (property: string): Promise<string> =>
  (await machine.on('root', `systemctl show --value --property=${property} ap-gateway`)).trim()
