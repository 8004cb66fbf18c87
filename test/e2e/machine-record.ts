import { readFile } from 'node:fs/promises'
import { vi } from 'vitest'
import { writeWhole } from '../../shared/process/files.ts'
import { agentLayout } from '../../shared/process/layout.ts'
import { PATIENT } from '../fakes/patience.ts'
import { look } from './ada.ts'
import type { Installation } from './installation.ts'

/** The record of the machine of `ada`. Damaged, it makes the step fail at once and every time, and nothing boots. */
export type MachineRecord = {
  readonly damage: () => Promise<void>
  readonly mend: () => Promise<void>
  readonly untilFailed: () => Promise<void>
  /** Does something that has her machine attempted once more, and waits until that has failed. */
  readonly failing: <T>(attempt: () => Promise<T>) => Promise<T>
}

/** What a person reads of a step that found it damaged. */
export const DAMAGED = /step machine failed: Invalid: .*record\.json is damaged: .*; then retry/

/** Damages the record as a full disk does, by cutting it short. She is to be stopped: then nobody writes it. */
export function machineRecord(installation: () => Installation): MachineRecord {
  const pathOf = async () => agentLayout(installation().state, await look(installation())).machineRecord
  const failedAt = async (): Promise<string | undefined> =>
    (await look(installation())).steps.find(({ name, state }) => name === 'machine' && state === 'failed')?.since
  const untilFailed = async (former?: string): Promise<void> => {
    const isSo = async () => ![undefined, former].includes(await failedAt())
    await vi.waitUntil(isSo, PATIENT)
  }
  let whole: string | undefined
  return {
    damage: async () => {
      whole = await readFile(await pathOf(), 'utf8')
      await writeWhole(await pathOf(), whole.slice(0, whole.length / 2))
    },
    mend: async () => {
      if (whole === undefined) throw new Error('the record of the machine is whole')
      await writeWhole(await pathOf(), whole)
    },
    untilFailed: () => untilFailed(),
    failing: async (attempt) => {
      const former = await failedAt()
      const result = await attempt()
      await untilFailed(former)
      return result
    },
  }
}
