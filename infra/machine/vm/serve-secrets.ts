// Unix user ap-broker runs this, on a socket that systemd opened for the gateway's user alone.
import { broker } from './broker.ts'
import { checkedFacts } from './checked-facts.ts'
import { journal } from './journal.ts'
import { metadataServer } from './metadata-server.ts'
import { SECRET_MANAGER_URL, secretManager } from './secret-manager.ts'
import { serveSocket } from './serve-socket.ts'

/** https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html */
const SOCKET_FD = 3

const facts = await checkedFacts()
const read = secretManager(process.env['AP_SECRET_MANAGER_URL'] ?? SECRET_MANAGER_URL, facts.project)
const metadata = metadataServer()
const accessToken = (): Promise<string> => metadata.accessToken()
serveSocket(broker({ facts, read, accessToken })).listen({ fd: SOCKET_FD }, () => journal.info('secrets are served'))
