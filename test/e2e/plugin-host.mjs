// Runs a command line through an installed plugin as OpenClaw does, without the rest of OpenClaw, which takes it seconds.
import { join } from 'node:path'
import { Command } from 'commander'

const [, , folder = '', ...words] = process.argv
const { default: plugin } = await import(join(folder, 'dist/index.js'))
const program = new Command('openclaw')
const registrars = []
plugin.register({ registerCli: (registrar) => registrars.push(registrar) })
for (const register of registrars) await register({ program })
await program.parseAsync(words, { from: 'user' })
