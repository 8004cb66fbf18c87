import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFunctionsLog } from '../../infra/local/functions-log.ts'
import { put, temporaryFolder } from './folder.ts'

test('what the functions write is kept and told', async () => {
  const path = join(temporaryFolder(), 'functions.log')
  const told: string[] = []
  const log = await openFunctionsLog(path, (line) => told.push(line))
  log.write('one\n')
  log.console.log('two')
  await log.close()
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
  expect(told).toEqual(['one\n'])
})

test('a log that cannot be written is told of, and ends nothing else', async () => {
  const folder = temporaryFolder()
  put(join(folder, 'functions.log', 'in the way'))
  const { promise, resolve } = Promise.withResolvers<string>()
  const log = await openFunctionsLog(join(folder, 'functions.log'), resolve)
  expect(JSON.parse(await promise)).toMatchObject({ severity: 'ERROR', message: 'log.unwritable' })
  log.write('lost\n')
  await log.close()
})
