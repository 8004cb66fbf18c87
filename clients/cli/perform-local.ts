import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ApiClient } from '../../shared/api/client.ts'
import type { ContextStore } from './contexts.ts'
import type { ExitCode } from './exit.ts'
import type { LocalInvocation } from './invocation.ts'
import type { Terminal } from './terminal.ts'

const PROGRAM_MS = 20_000

/** What the verbs about this computer work with. */
export type Here = {
  readonly terminal: Terminal
  readonly store: ContextStore
  readonly connect: () => Promise<{ readonly url: string; readonly api: ApiClient }>
}

/** Runs a verb that wants no plane. @throws CliError */
export async function performLocal(invocation: LocalInvocation, { terminal, store, connect }: Here): Promise<ExitCode> {
  if (invocation.verb === 'grants') return (await import('./verbs/grants.ts')).grants(invocation.options, terminal)
  if (invocation.verb === 'completion') {
    return (await import('./verbs/completion.ts')).completion(invocation.options, terminal)
  }
  if (invocation.verb === 'slack manifest') {
    return (await import('./verbs/slack.ts')).manifest(invocation.options, terminal)
  }
  if (invocation.verb === 'doctor') {
    const { doctor } = await import('./verbs/doctor.ts')
    return doctor(invocation.options, { terminal, connect, nodeVersion: process.version, run, hasEmulators })
  }
  const { addContext, listContexts, removeContext, useContext } = await import('./verbs/context.ts')
  const contextual = { store, terminal, cwd: process.cwd() }
  switch (invocation.verb) {
    case 'context list':
      return listContexts(invocation.options, contextual)
    case 'context use':
      return useContext(invocation.options, contextual)
    case 'context add':
      return addContext(invocation.options, contextual)
    case 'context remove':
      return removeContext(invocation.options, contextual)
  }
}

/** Whether a verb wants no plane. */
export const isLocal = (invocation: { readonly verb: string }): invocation is LocalInvocation =>
  LOCAL.has(invocation.verb)

const LOCAL: ReadonlySet<string> = new Set<LocalInvocation['verb']>([
  'grants',
  'completion',
  'doctor',
  'slack manifest',
  'context list',
  'context use',
  'context add',
  'context remove',
])

/** Some programs print their version as if it were an error. */
async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { timeout: PROGRAM_MS })
    return stdout + stderr
  } catch {
    return undefined
  }
}

/** Those of an installed Google Cloud SDK. */
async function hasInstalledEmulators(): Promise<boolean> {
  const root = (await run('gcloud', ['info', '--format=value(installation.sdk_root)']))?.trim() ?? ''
  const platform = await readdir(join(root, 'platform')).catch((): string[] => [])
  return platform.includes('cloud-firestore-emulator') && platform.includes('pubsub-emulator')
}

async function hasEmulators(): Promise<boolean> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folders = [join(cache, 'agents-plane', 'emulators'), join(homedir(), '.cache', 'firebase', 'emulators')]
  const listed = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  const isThere = (name: string) => listed.flat().some((found) => found.includes(name))
  return (isThere('firestore') && isThere('pubsub')) || (await hasInstalledEmulators())
}
