import { readExisting } from '../../../shared/process/files.ts'
import type { Facts } from './facts.ts'
import { LAYOUT } from './layout.ts'

/** The facts that were checked at boot. Only root writes them. */
export const checkedFacts = (): Promise<Facts> => readExisting<Facts>(LAYOUT.facts)
