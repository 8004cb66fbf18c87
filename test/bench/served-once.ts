import type { AddressInfo } from 'node:net'
import { argv, env, stdout } from 'node:process'
import { getTestServer } from '@google-cloud/functions-framework/testing'

// One fresh process with the functions as they are deployed. It says where one of them answers,
// and when asked what it has cost; it ends with its parent.
const [{ readEnvironment }, { register }, { wiring }] = await Promise.all([
  import('../../functions/environment.ts'),
  import('../../functions/register.ts'),
  import('../../functions/wiring.ts'),
])
register(wiring(readEnvironment(env), () => undefined))
const server = getTestServer(argv[2] ?? '')
server.listen(0, '127.0.0.1', () => {
  stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`)
})
process.stdin.on('data', () => stdout.write(JSON.stringify(process.cpuUsage())))
process.stdin.on('end', () => process.exit(0))
