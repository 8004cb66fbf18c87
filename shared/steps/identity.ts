import { removed, ready, waiting } from '../documents/outcome.ts'
import { names } from '../documents/names.ts'
import type { AgentSubject } from '../documents/subject.ts'
import { nameConflict } from './step.ts'
import type { Step } from './step.ts'

/** The agent's own cloud account: everything else is granted to it. */
export const identity: Step<AgentSubject> = {
  desired: ({ place }) => ({ account: names.account(place) }),

  apply: async ({ subject: { place }, backend, intent }) => {
    const found = await backend.identity.find(place)
    if (found === undefined) await backend.identity.create(intent, place)
    else if (found.ours && found.disabled) await backend.identity.setDisabled(intent, place, false)
  },

  verify: async ({ subject: { place }, backend }) => {
    const found = await backend.identity.find(place)
    if (found === undefined) return waiting('AccountMissing', 'the account is not visible yet')
    if (!found.ours) return nameConflict(`account ${names.account(place)}`)
    if (found.disabled) return waiting('AccountDisabled', 'the account is not enabled yet')
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
