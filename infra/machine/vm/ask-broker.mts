#!/usr/bin/env node
// OpenClaw asks this program for secrets by name, and it asks the broker. https://docs.openclaw.ai/gateway/secrets
// It is copied to where the gateway's user owns it, by itself, so it imports nothing of the repository.
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'

const socket = connect({ path: process.argv[2] ?? '', allowHalfOpen: true })
await Promise.all([pipeline(process.stdin, socket), pipeline(socket, process.stdout)])
