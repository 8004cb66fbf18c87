import { access, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { LOCAL } from '../../shared/commands/authenticate.ts'
import { CliError, EXIT } from './exit.ts'
import { readText } from './private-file.ts'

/** Where the API is, and what signs in to it. */
export type Located = {
  readonly url: string
  readonly token: string
  /** Gets a new token from where this one came from. @throws CliError */
  readonly renew: () => Promise<string>
  /** Whom the token is of, where that is known without reading it. */
  readonly person?: string
  /** What to do when the token is refused, and when nobody answers. */
  readonly signIn: string
  readonly reach: string
}

/** Where to look: a named state folder, the environment's, else `.agents-plane` here or above. */
export type Whereabouts = { readonly state?: string | undefined; readonly cwd: string }

const FOLDER = '.agents-plane'
const FILE = 'local.json'
const START = 'Start it with: npm start'
const ELSEWHERE = `${START}, or say where else it runs: --state DIR, for npm start -- --simulate-gcp .agents-plane-gcp`
const AGAIN = 'The plane was started anew, perhaps. Try again, or give its state folder with --state.'

const LocalPlane = z.object({
  apiUrl: z.url({ protocol: /^http$/, hostname: /^(?:127\.0\.0\.1|localhost)$/ }),
  tokenFile: z.string().min(1),
})

/** Finds the local plane. @throws CliError saying where it looked, and how to start one */
export async function locate(
  whereabouts: Whereabouts,
  userId: number | undefined = process.getuid?.(),
): Promise<Located> {
  const folder = await findFolder(whereabouts)
  await refuseOthers(join(folder, FILE), userId)
  const { apiUrl, tokenFile } = await readPlane(join(folder, FILE))
  const path = isAbsolute(tokenFile) ? tokenFile : join(folder, tokenFile)
  const renew = () => readToken(path)
  const reach = `Is the local plane running? ${START}`
  return { url: apiUrl, token: await renew(), renew, person: LOCAL.actor, signIn: AGAIN, reach }
}

async function readToken(path: string): Promise<string> {
  const token = (await readText(path).catch(() => undefined))?.trim()
  if (token) return token
  throw new CliError(EXIT.signInNeeded, `The local plane's token could not be read from ${path}.`, START)
}

async function findFolder({ state, cwd }: Whereabouts): Promise<string> {
  const folders = state === undefined ? ancestors(cwd).map((folder) => join(folder, FOLDER)) : [resolve(cwd, state)]
  for (const folder of folders) if (await exists(join(folder, FILE))) return folder
  const where = state === undefined ? `${join(FOLDER, FILE)} in ${cwd} and above` : join(folders[0] ?? state, FILE)
  throw new CliError(
    EXIT.failure,
    `No local plane found: looked for ${where}.`,
    state === undefined ? ELSEWHERE : START,
  )
}

/** What it says is trusted with secrets, and a folder above may be anybody's. */
async function refuseOthers(path: string, userId: number | undefined): Promise<void> {
  const { uid } = await stat(path)
  if (userId === undefined || uid === userId) return
  const message = `${path} belongs to another user of this machine, and is not believed.`
  throw new CliError(EXIT.failure, message, 'Name your own plane with --state DIR, or start one with: npm start')
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...ancestors(parent)]
}

async function readPlane(path: string): Promise<z.infer<typeof LocalPlane>> {
  try {
    return LocalPlane.parse(JSON.parse((await readText(path)) ?? ''))
  } catch (cause) {
    const message = `${path} does not say where the local plane is.`
    throw new CliError(EXIT.failure, message, `Delete it. ${START}`, { cause })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
