#!/usr/bin/env node
// Stands in for gcloud: a test says what comes of each command.
const said = await fetch(process.env.GCLOUD_STAND_IN, { method: 'POST', body: JSON.stringify(process.argv.slice(2)) })
process.stdout.write(await said.text())
process.exitCode = said.ok ? 0 : 1
