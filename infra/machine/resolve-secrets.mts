#!/usr/bin/env node
// OpenClaw asks this program for secrets by name. https://docs.openclaw.ai/gateway/secrets
// It is copied onto a machine by itself, so it imports nothing of the repository.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/

type Answer = { readonly value: string } | { readonly error: { readonly code: string } }

const folder = process.argv[2] ?? ''
const { ids } = JSON.parse(await text(process.stdin)) as { readonly ids: readonly string[] }

async function resolve(id: string): Promise<Answer> {
  if (!NAME.test(id)) return { error: { code: 'INVALID_ID' } }
  try {
    return { value: await readFile(join(folder, `${id}.value`), 'utf8') }
  } catch (error) {
    return { error: { code: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'NOT_FOUND' : 'UNAVAILABLE' } }
  }
}

const answers = await Promise.all(ids.map(async (id) => [id, await resolve(id)] as const))
const values = Object.fromEntries(answers.flatMap(([id, answer]) => ('value' in answer ? [[id, answer.value]] : [])))
const errors = Object.fromEntries(answers.flatMap(([id, answer]) => ('error' in answer ? [[id, answer.error]] : [])))
process.stdout.write(JSON.stringify({ protocolVersion: 1, values, errors }))
