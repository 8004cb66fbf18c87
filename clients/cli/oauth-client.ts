import { z } from 'zod'
import { ApiUrl } from './contexts.ts'
import { CliError, EXIT } from './exit.ts'
import { readText } from './private-file.ts'

/** The file of a desktop client as it is downloaded: https://console.cloud.google.com/auth/clients */
const ClientFile = z.object({
  installed: z.object({
    client_id: z.string().min(1),
    client_secret: z.string().optional(),
    auth_uri: ApiUrl,
    token_uri: ApiUrl,
  }),
})

/** The OAuth client of an installation, by which people sign in. */
export type DesktopClient = {
  readonly id: string
  /** Google asks for it, and does not take it for a secret: who has the program has it. */
  readonly secret: string | undefined
  readonly authUrl: string
  readonly tokenUrl: string
}

/** Reads a client from the file that an admin gave. @throws CliError */
export async function readClient(path: string): Promise<DesktopClient> {
  const { installed } = await read(path)
  const { client_id: id, client_secret: secret, auth_uri: authUrl, token_uri: tokenUrl } = installed
  return { id, secret, authUrl, tokenUrl }
}

async function read(path: string): Promise<z.infer<typeof ClientFile>> {
  try {
    return ClientFile.parse(JSON.parse((await readText(path)) ?? ''))
  } catch (cause) {
    const fix =
      'Download the JSON of an OAuth client of the type "Desktop app": https://console.cloud.google.com/auth/clients'
    throw new CliError(EXIT.failure, `${path} is no file of an OAuth client for desktops.`, fix, { cause })
  }
}
