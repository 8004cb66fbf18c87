import { expect, test } from 'vitest'
import { aCloud, aMachine, aNetwork, compute, must, ZONE } from './a-cloud.ts'

test('a machine is made, listed and deleted', async () => {
  const { send } = aCloud()
  await aNetwork(send)
  const op = await must(send, `POST ${compute(ZONE)}/instances`, aMachine('vm'))
  expect(op).toMatchObject({ kind: 'compute#operation', status: 'RUNNING' })
  expect(await must(send, `GET ${compute(ZONE)}/instances/vm`)).toMatchObject({ status: 'RUNNING' })
})
