import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { onFreePort } from '../../infra/local/ports.ts'

function listening(port: number): Promise<Server> {
  const server = createServer()
  onTestFinished(() => void server.close())
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server))
  })
}

test('many that look from the same number on at once all listen, each on a port of its own', async () => {
  const servers = await Promise.all(Array.from({ length: 10 }, () => onFreePort(22_700, listening)))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  expect(new Set(ports).size).toBe(10)
})

test('what fails for another reason is not tried again', async () => {
  let tries = 0
  const refused = onFreePort(22_800, async () => {
    tries += 1
    throw new Error('no')
  })
  await expect(refused).rejects.toThrow('no')
  expect(tries).toBe(1)
})
