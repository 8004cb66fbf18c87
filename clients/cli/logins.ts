import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { deletePrivate, readText, writePrivately } from './private-file.ts'

/** What a person who signed in can get new identity tokens with, and by which OAuth client. */
const Login = z.strictObject({ version: z.literal(1), clientId: z.string(), refreshToken: z.string() })
export type Login = Omit<z.infer<typeof Login>, 'version'>

/** Who is signed in to which context: a file each. */
export type LoginStore = {
  /** Undefined where nobody is, or the file says nothing of use. */
  read(context: string): Promise<Login | undefined>
  write(context: string, login: Login): Promise<void>
  delete(context: string): Promise<void>
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
export const loginsFolder = (env: NodeJS.ProcessEnv, home: string = homedir()): string =>
  join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'agents-plane', 'logins')

/** Files in `folder`, which nobody else may read. */
export function loginStore(folder: string): LoginStore {
  const pathOf = (context: string): string => join(folder, `${encodeURIComponent(context)}.json`)
  return {
    read: async (context) => parsed(await readText(pathOf(context))),
    write: (context, login) => writePrivately(pathOf(context), { version: 1, ...login }),
    delete: (context) => deletePrivate(pathOf(context)),
  }
}

function parsed(text: string | undefined): Login | undefined {
  try {
    return Login.parse(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}
