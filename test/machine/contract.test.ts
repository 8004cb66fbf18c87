import { backendContract } from '../contract/backend.ts'
import { eventually, openStage } from './stage.ts'

backendContract(async () => {
  const stage = await openStage()
  const { backend, place, intent } = stage
  const expired = { op: 'attempt-0', untilMs: Date.now() - 1 }
  return { backend, place, intent, expired, until: (check) => eventually(check), close: () => stage.close() }
})
