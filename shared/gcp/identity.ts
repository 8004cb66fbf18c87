import type { Place } from '../documents/names.ts'
import type { Account, IdentityPort } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import type { Intent } from '../ports/intent.ts'
import { unless } from './errors.ts'
import type { Google } from './google.ts'
import { bindingsOf, changePolicy, heldAlsoBy, membersOf } from './policies.ts'
import { accountEmail, isOwn, serviceAccounts } from './service-accounts.ts'
import type { ServiceAccount, ServiceAccounts } from './service-accounts.ts'

/** Whoever holds it on an account may give that account to a machine, or log in to a machine that has it. */
export const ACCOUNT_USER = 'roles/iam.serviceAccountUser'

/** `machineAccount` is the address of the account that makes machines. */
export type IdentitySettings = { readonly machineAccount: string }

/** Agents' accounts. They hold no role anywhere but on what is their own. */
export function googleIdentity(google: Google, { machineAccount }: IdentitySettings): IdentityPort {
  const accounts = serviceAccounts(google)
  const user = `serviceAccount:${machineAccount}`
  const admit = (intent: Intent): void => refuseAfter(intent, google.clock.nowMs())
  return {
    find: (place) => find(accounts, place, user),
    create: async (intent, place) => {
      admit(intent)
      const made = await unless(['AlreadyExists'], accounts.create(place))
      if (made !== undefined) return accountOf(made, place, false)
      return (await find(accounts, place, user)) ?? early(place)
    },
    makeAttachable: async (intent, place) => {
      admit(intent)
      // Asked for after `find` or `create`: an account that is missing now is not visible yet.
      const account = (await accounts.findOwn(place)) ?? early(place)
      const policy = accounts.policy(account)
      await changePolicy(
        policy,
        (bindings) => heldAlsoBy(bindings, ACCOUNT_USER, user),
        () => admit(intent),
      )
    },
    setDisabled: async (intent, place, disabled) => {
      admit(intent)
      const account = await accounts.findOwn(place)
      if (account === undefined) throw new ProviderError('NotFound', `account ${accountEmail(place)} does not exist`)
      if ((account.disabled === true) === disabled) return
      admit(intent)
      await accounts.setDisabled(account, disabled)
    },
    delete: async (intent, place) => {
      admit(intent)
      const account = await accounts.findOwn(place)
      if (account === undefined) return
      admit(intent)
      await accounts.delete(account)
    },
  }
}

async function find(accounts: ServiceAccounts, place: Place, user: string): Promise<Account | undefined> {
  const found = await accounts.find(place)
  if (found === undefined || !isOwn(found, place)) return found && accountOf(found, place, false)
  const bindings = bindingsOf(await accounts.policy(found).read())
  return accountOf(found, place, membersOf(bindings, ACCOUNT_USER).includes(user))
}

const accountOf = (found: ServiceAccount, place: Place, attachable: boolean): Account => ({
  uniqueId: found.uniqueId ?? '',
  email: found.email ?? '',
  disabled: found.disabled === true,
  ours: isOwn(found, place),
  attachable,
})

function early(place: Place): never {
  throw new ProviderError('Propagating', `account ${accountEmail(place)} was made just now and is not visible yet`)
}
