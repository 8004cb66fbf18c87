#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// It halves the time to the first word. The default place is open to every user of the machine.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agents-plane', 'compiled'))

const { main } = await import('./program.ts')
await main(process.argv)
