#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// It halves the time to the first word. The default place is open to every user of the machine.
// This file is JavaScript because what comes before the cache has no part in it: for one line of TypeScript Node would
// load its compiler, every time.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agents-plane', 'compiled'))

const { main } = await import('./program.ts')
await main(process.argv)
