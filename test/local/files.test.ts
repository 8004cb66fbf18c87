import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { namesIn } from '../../shared/process/files.ts'
import { processInventory } from '../../shared/process/inventory.ts'
import { agentsFolder } from '../../shared/process/layout.ts'
import { put, temporaryFolder } from './folder.ts'

test('a folder that is not there holds nothing, and one that cannot be read is not taken for empty', async () => {
  const folder = temporaryFolder()
  put(join(folder, 'there', 'a'))
  symlinkSync('loop', join(folder, 'loop'))
  expect(await namesIn(join(folder, 'there'))).toEqual(['a'])
  expect(await namesIn(join(folder, 'gone'))).toEqual([])
  expect(await namesIn(join(folder, 'there', 'a'))).toEqual([])
  await expect(namesIn(join(folder, 'loop'))).rejects.toMatchObject({ code: 'ELOOP' })
})

test('agents whose folder cannot be read are not listed as gone', async () => {
  const stateDir = temporaryFolder()
  const agents = agentsFolder(stateDir)
  symlinkSync(agents, agents)
  const listing = processInventory({ stateDir }).list({ project: 'p', region: 'r', planeUid: 'planeaaaa2' })
  await expect(listing[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ELOOP' })
})
