import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import { endMachine } from '../../shared/process/machine-process.ts'
import type { MachineRecord } from '../../shared/process/machine-record.ts'
import { MACHINE_MARKER, membersOf } from '../../shared/process/members.ts'
import { serveLoopback } from '../../shared/process/serve.ts'
import { eventually, expectNoProcess, wishes } from './stage.ts'

const PLACE = {
  project: 'acme-local',
  region: 'us-east4',
  zone: 'us-east4-a',
  planeUid: 'aaaaaaaaaa',
  uid: 'bbbbbbbbbb',
}

/** A machine whose port is one that the test itself holds open. */
async function machineOnOpenPort(): Promise<MachineRecord> {
  const server = await serveLoopback(() => Promise.resolve(new Response('still here')), 0)
  onTestFinished(() => server.close())
  return {
    id: `test-${process.pid}`,
    name: 'ap-test',
    place: PLACE,
    labels: {},
    createdAtMs: 0,
    startedAtMs: 0,
    shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: '1', diskId: '1' },
    configuration: machineConfiguration(wishes),
    restart: 0,
    port: Number(new URL(server.url).port),
  }
}

const end = (machine: MachineRecord): Promise<void> => endMachine(machine, { withinMs: 5_000, mayAct: () => undefined })

test('a port that stays open is told of, although every process has ended', async () => {
  const machine = await machineOnOpenPort()
  const env = { [MACHINE_MARKER]: machine.id }
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env, stdio: 'ignore' })
  await eventually(async () => (await membersOf(machine.id)).length > 0)
  await expect(end(machine)).rejects.toMatchObject({
    kind: 'Unavailable',
    message: expect.stringContaining(`still listens on its port ${machine.port}`) as string,
  })
  await expectNoProcess(machine.id)
})

test("the port of a machine that has long ended may be a stranger's", async () => {
  await expect(end(await machineOnOpenPort())).resolves.toBeUndefined()
})
