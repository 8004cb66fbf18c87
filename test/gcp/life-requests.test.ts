import { expect, onTestFinished, test } from 'vitest'
import type { Status } from '../../shared/documents/status.ts'
import { isObject } from '../../infra/local/gcp/json.ts'
import { PROJECT } from './life-cloud.ts'
import type { Through } from './life-cloud.ts'
import { lifeStage } from './life-stage.ts'

const plane = { project: PROJECT, region: 'europe-west1', backend: 'vm', zones: ['europe-west1-b'] }
const ada = {
  owner: 'ada@example.com',
  secrets: ['notes'],
  egress: { mode: 'restricted', domains: ['api.openai.com'] },
}

type Started = { readonly what: string; readonly requestId: string }

/** Notes every change that Compute Engine took and made an operation of. */
function watching(): { readonly started: readonly Started[]; readonly through: Through } {
  const started: Started[] = []
  const through: Through = async (request, answer) => {
    const response = await answer(request)
    const { pathname, searchParams } = new URL(request.url, 'http://cloud.test')
    const isChange = request.httpMethod !== 'GET' && pathname.startsWith('/compute/') && !pathname.endsWith('/wait')
    if (isChange && response !== 'connection lost' && isObject(response.body) && response.body['kind'] === OPERATION)
      started.push({
        what: `${request.httpMethod} ${pathname.replace(/.*\/(?=\w+\/[^/]*ap-)/, '')}`,
        requestId: searchParams.get('requestId') ?? '',
      })
    return response
  }
  return { started, through }
}

const OPERATION = 'compute#operation'
const isPhase = (phase: Status['phase']) => (status: Status) => status.phase === phase

test('every change of Compute Engine in a whole life carries a request id of its own', async () => {
  const { started, through } = watching()
  const stage = await lifeStage({}, { through })
  onTestFinished(() => stage.close())
  const acme = await stage.putPlane('acme', plane)
  await stage.until(acme.uid, isPhase('Ready'))
  const agent = await stage.putAgent('acme', 'ada', ada)
  const ready = await stage.until(agent.uid, isPhase('Ready'))
  const larger = {
    ...ada,
    machineType: 'e2-standard-2',
    labels: { team: 'red' },
    egress: { mode: 'open', domains: [] },
  }
  await stage.putAgent('acme', 'ada', larger)
  await stage.until(
    agent.uid,
    (status) => isPhase('Ready')(status) && status.observedGeneration !== ready.observedGeneration,
  )
  await stage.putAgent('acme', 'ada', { ...larger, desiredState: 'stopped' })
  await stage.until(agent.uid, isPhase('Stopped'))
  await stage.putAgent('acme', 'ada', { ...larger, desiredState: 'removed', purge: true })
  await stage.until(agent.uid, isPhase('Purged'))
  await stage.putPlane('acme', { ...plane, desiredState: 'removed' })
  await stage.until(acme.uid, isPhase('Purged'))

  expect(started.length).toBeGreaterThan(20)
  expect(started.filter(({ requestId }) => !UUID.test(requestId)).map(({ what }) => what)).toEqual([])
  const ids = started.map(({ requestId }) => requestId)
  expect(ids).toEqual([...new Set(ids)])
})

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
