// Unix user ap-beat runs this: the machine's voice. It never sees a secret or the gateway's token.
import { followConfiguration, sendHeartbeats } from './beat.ts'
import { checkedFacts } from './checked-facts.ts'
import { journal } from './journal.ts'
import { LAYOUT } from './layout.ts'
import { metadataServer } from './metadata-server.ts'

const abort = new AbortController()
process.once('SIGTERM', () => abort.abort())

const beat = {
  metadata: metadataServer(),
  facts: await checkedFacts(),
  paths: LAYOUT,
  heartbeatEveryMs: 60_000,
  journal,
  signal: abort.signal,
}
await Promise.all([followConfiguration(beat), sendHeartbeats(beat)])
