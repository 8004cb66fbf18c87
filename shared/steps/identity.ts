import { removed, ready, waiting } from '../documents/outcome.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

/** The agent's own cloud account: everything else is granted to it. */
export const identity: Step<AgentSubject> = {
  desired: ({ place }) => ({ account: names.account(place) }),

  apply: async ({ subject: { place }, backend, intent }) => {
    const { identity: accounts } = backend
    const found = (await accounts.find(place)) ?? (await accounts.create(intent, place))
    if (!found.ours) return
    if (found.disabled) await accounts.setDisabled(intent, place, false)
    if (!found.attachable) await accounts.makeAttachable(intent, place)
  },

  verify: async ({ subject: { place }, backend }) => {
    const found = await backend.identity.find(place)
    if (found === undefined) return waiting('AccountMissing', 'the account is not visible yet')
    if (!found.ours) return nameConflict(`account ${names.account(place)}`)
    if (found.disabled) return waiting('AccountDisabled', 'the account is not enabled yet')
    if (!found.attachable) return waiting('AccountNotAttachable', 'machines may not be given the account yet')
    return ready({ id: found.uniqueId, email: found.email })
  },

  remove: async ({ subject: { place }, backend, intent }, stage) => {
    const found = await backend.identity.find(place)
    if (found === undefined || !found.ours) return removed()
    if (stage === 'held') {
      if (!found.disabled) await backend.identity.setDisabled(intent, place, true)
      return (await backend.identity.find(place))?.disabled === false ? waiting('Disabling') : removed()
    }
    await backend.identity.delete(intent, place)
    return (await backend.identity.find(place)) === undefined ? removed() : waiting('Deleting')
  },
}
