import type { Place } from '../../documents/names.ts'
import { ProviderError } from '../../ports/errors.ts'
import { isAnswer, unless } from '../errors.ts'
import { googleRequest } from '../google.ts'
import type { Google } from '../google.ts'
import { accountEmail } from '../service-accounts.ts'

type Held = { readonly permissions?: readonly string[] }

/**
 * Asks before a machine is tried: a question costs none of the changes a project may make in a minute, however often it
 * is asked. https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/testIamPermissions
 * @throws ProviderError Propagating until the agent's account may be given to a machine
 */
export async function requireAttachable(google: Google, place: Place): Promise<void> {
  const account = accountEmail(place)
  const permissions = ['iam.serviceAccounts.actAs']
  const path = `v1/projects/${place.project}/serviceAccounts/${account}:testIamPermissions`
  const asked = googleRequest<Held>(google, { service: 'iam', method: 'POST', path, body: { permissions } })
  const held = await unless(['NotFound', 'Denied'], asked)
  if (held?.permissions?.length === 1) return
  throw new ProviderError(
    'Propagating',
    `the right to give ${account} to a machine is on its way (iam.serviceAccounts.actAs)`,
  )
}

/** What a machine was refused for: when that is about its account, the news of it is still on its way. */
export const fromAccount = (error: unknown): unknown =>
  isAboutAccount(error) ? new ProviderError('Propagating', error.message, { cause: error }) : error

/**
 * The account, and the right to give it to a machine, are steps before the machine.
 * A permission of Compute Engine is none of that, whatever its name. https://cloud.google.com/iam/docs/access-change-propagation
 */
const isAboutAccount = (error: unknown): error is ProviderError =>
  isAnswer(error, 'Invalid', 'Denied', 'NotFound') &&
  /service ?account/i.test(error.message) &&
  !/\bcompute\.instances\.\w/.test(error.message)
