import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { trainArchive } from '../../infra/local/emulators/archive.ts'
import { PATIENT } from '../fakes/patience.ts'
import { put, temporaryFolder } from './folder.ts'

test('a training run writes beside its archive only, and leaves nothing when it is stopped', async () => {
  const folder = temporaryFolder()
  const path = put(join(folder, 'java'), '#!/bin/sh\necho starting; exec sleep 60\n', 0o755)
  const program = { name: 'pubsub', jar: 'pubsub.jar', java: { path, version: '17', major: 17 } } as const
  const cache = join(folder, 'cache')
  const training = trainArchive(program, join(cache, 'pubsub.jsa'))
  await vi.waitFor(() => expect(readdirSync(cache)).toEqual([`pubsub.jsa.${process.pid}.part.log`]), PATIENT)
  await training.stop()
  expect(readdirSync(cache)).toEqual([])
})
