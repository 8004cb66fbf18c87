// Root runs this at every boot, before any of an agent's programs: what the machine was told is checked once, here.
import { writeWhole } from '../../../shared/process/files.ts'
import { messageOf } from '../message-of.ts'
import { parseFacts } from './facts.ts'
import { journal } from './journal.ts'
import { LAYOUT } from './layout.ts'
import { metadataServer } from './metadata-server.ts'

try {
  const metadata = metadataServer()
  const facts = parseFacts(await metadata.project(), await metadata.attributes())
  await writeWhole(LAYOUT.facts, `${JSON.stringify(facts)}\n`, 0o644)
} catch (error) {
  journal.warn(`this machine cannot be set up: ${messageOf(error)}`)
  process.exitCode = 1
}
