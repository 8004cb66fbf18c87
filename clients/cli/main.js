#!/usr/bin/env node
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`planes needs Node.js 24, from 24.16 on; this is ${process.version}.\n`)
  process.exit(1)
}

// It halves the time to the first word. The default place is open to every user of the machine.
// This file is JavaScript because what comes before the cache has no part in it: for one line of TypeScript Node would
// load its compiler, every time. And an older Node can read it, to say what it lacks.
module.enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agents-plane', 'compiled'))

const { main } = await import('./program.ts')
await main(process.argv)
