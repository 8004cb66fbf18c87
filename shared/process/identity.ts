import { randomBytes, randomInt } from 'node:crypto'
import { isOurs } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { Account, IdentityPort } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import { labelled, readOwn } from './context.ts'
import type { Labelled, ProcessContext } from './context.ts'
import { readRecord, removeAll, removeEmpty, writeRecord, writeWhole } from './files.ts'
import { agentLayout } from './layout.ts'

/** An agent's account as it is kept. */
export type AccountRecord = Labelled & {
  readonly uniqueId: string
  readonly email: string
  readonly disabled: boolean
}

/** Accounts that the local issuer speaks for. An account comes with its key handle and goes with it. */
export function processIdentity({ stateDir, clock }: ProcessContext): IdentityPort {
  const pathsOf = (place: Place) => agentLayout(stateDir, place)
  return {
    find: async (place) => {
      const record = await readRecord<AccountRecord>(pathsOf(place).account)
      return record && accountOf(record, place)
    },
    create: async (intent, place) => {
      const paths = pathsOf(place)
      const existing = await readOwn<AccountRecord>(paths.account, place)
      if (existing !== undefined) return accountOf(existing, place)
      const record = newAccount(place, clock)
      refuseAfter(intent, clock.nowMs())
      await writeWhole(paths.keyHandle, newKeyHandle(place))
      await writeRecord(paths.account, record)
      return accountOf(record, place)
    },
    // Whoever starts machines here is the same Unix user.
    makeAttachable: async () => undefined,
    setDisabled: async (intent, place, disabled) => {
      const record = await readOwn<AccountRecord>(pathsOf(place).account, place)
      if (record === undefined) throw new ProviderError('NotFound', `agent ${place.uid} has no account`)
      refuseAfter(intent, clock.nowMs())
      await writeRecord(pathsOf(place).account, { ...record, disabled })
    },
    delete: async (intent, place) => {
      const paths = pathsOf(place)
      await readOwn(paths.account, place)
      refuseAfter(intent, clock.nowMs())
      await removeAll(paths.keyHandle)
      await removeAll(paths.account)
      await removeEmpty(paths.folder)
    },
  }
}

function newAccount(place: Place, clock: ProcessContext['clock']): AccountRecord {
  const uniqueId = `1${Array.from({ length: 20 }, () => randomInt(10)).join('')}`
  return {
    ...labelled(place, clock),
    uniqueId,
    email: `${names.account(place)}@local.iam.gserviceaccount.com`,
    disabled: false,
  }
}

/** The uid in front finds the agent; the rest proves that it is its machine. */
const newKeyHandle = ({ uid }: Place): string => `${uid}.${randomBytes(32).toString('base64url')}`

const accountOf = ({ uniqueId, email, disabled, labels }: AccountRecord, place: Place): Account => ({
  uniqueId,
  email,
  disabled,
  ours: isOurs(labels, place),
  attachable: true,
})
