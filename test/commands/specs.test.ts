import { describe } from 'vitest'
import { specsContract } from '../contract/specs.ts'
import { fakeSpecs } from '../fakes/specs.ts'

describe('specs in memory', () => {
  specsContract(async () => fakeSpecs({ nowMs: () => 1_790_000_000_000 }).specs)
})
