import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contextStore } from '../../clients/cli/contexts.ts'
import { loginStore } from '../../clients/cli/logins.ts'
import { addContext } from '../../clients/cli/verbs/context.ts'
import { authorizationServer } from '../fakes/authorization-server.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

export const LOGIN = { json: false, browser: true, timeoutMs: 30_000 } as const

/** What happens to an address that is to be opened. */
export type Browse = (address: string) => unknown

/** The browser of somebody who is signed in where people sign in. */
const person: Browse = (address) => fetch(address)

/** A home with one context, `acme`, and where people sign in to it. */
export async function signingIn() {
  const server = await authorizationServer()
  const folder = await mkdtemp(join(tmpdir(), 'ap-login-'))
  const store = contextStore(join(folder, 'contexts.json'))
  const logins = loginStore(join(folder, 'logins'))
  const interrupt = new AbortController()
  const here = (browse: Browse = person) => ({
    store,
    logins,
    terminal: fakeTerminal(),
    cwd: folder,
    signal: interrupt.signal,
    browse: (address: string): void => void browse(address),
  })
  const { clientFile } = server
  await addContext({ name: 'acme', url: 'https://planes.acme.com', clientFile, json: false }, here())
  const stop = async (): Promise<void> => {
    await server.stop().catch(() => undefined)
    await rm(folder, { recursive: true })
  }
  return { server, folder, store, logins, interrupt, here, stop }
}

export type SigningIn = Awaited<ReturnType<typeof signingIn>>

/** What a call is refused with. */
export const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)
