import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Person } from '../../shared/documents/fields.ts'
import { FOLDER } from './options.ts'
import { peopleKey, tokenOf } from './people.ts'
import { StartError } from './start-error.ts'

const USAGE = 'node infra/local/token.ts EMAIL [--state DIR]'

/** Prints what signs in the person with this address to the local plane, as `gcloud auth print-identity-token` does. */
async function main(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { state: { type: 'string' } },
    allowPositionals: true,
  })
  const email = Person.safeParse(positionals[0])
  if (!email.success || positionals.length > 1) throw new StartError(`Say who it is: ${USAGE}`)
  const folder = resolve(values.state ?? (process.env['AP_STATE_DIR'] || FOLDER))
  await access(peopleKey(folder)).catch((cause: unknown) => {
    throw new StartError(`No local plane runs in ${folder}. Start it with: npm start`, { cause })
  })
  return tokenOf(email.data, folder, Date.now())
}

try {
  process.stdout.write(`${await main(process.argv.slice(2))}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
