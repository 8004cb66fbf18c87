import type { iam_v1 } from '@googleapis/iam'
import { identityLabels, isOurs } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import { ProviderError } from '../ports/errors.ts'
import { ANSWER_WITHIN_MS, answered, isAnswer, unless } from './errors.ts'
import { googleRequest, rootUrl } from './google.ts'
import type { Google } from './google.ts'
import { lazily } from './lazily.ts'
import type { Policy, PolicyHolder } from './policies.ts'

/** An agent's account as IAM shows it. */
export type ServiceAccount = iam_v1.Schema$ServiceAccount

/** Agents' accounts in IAM. Every method but `create` and `find` acts on the account whose unique id it is given. */
export type ServiceAccounts = {
  /** @throws ProviderError Propagating while nobody can see an account that was made just now */
  readonly find: (place: Place) => Promise<ServiceAccount | undefined>
  /** The agent's own account. @throws ProviderError Conflict when what stands there is not ours, Propagating */
  readonly findOwn: (place: Place) => Promise<ServiceAccount | undefined>
  readonly create: (place: Place) => Promise<ServiceAccount>
  readonly setDisabled: (account: ServiceAccount, disabled: boolean) => Promise<unknown>
  readonly delete: (account: ServiceAccount) => Promise<unknown>
  readonly policy: (account: ServiceAccount) => PolicyHolder
}

/** An agent's account, by the address it is known under. */
export const accountEmail = (place: Place): string => `${names.account(place)}@${place.project}.iam.gserviceaccount.com`

/** Whether an account is this agent's. Accounts have no labels: their description holds them. */
export function isOwn({ description }: ServiceAccount, place: Place): boolean {
  const labels = (description ?? '').split(' ').map((label) => label.split('=', 2) as [string, string])
  return isOurs(Object.fromEntries(labels), place)
}

/** Accounts through Google's IAM client. */
export function serviceAccounts(google: Google): ServiceAccounts {
  const client = lazily(() => connect(google))
  const call = async <T>(act: (accounts: Client) => Promise<{ readonly data: T }>): Promise<T> =>
    (await answered('IAM', act(await client()))).data
  const find = (place: Place): Promise<ServiceAccount | undefined> =>
    seen(google, place, () => call((accounts) => accounts.get({ name: path(place, accountEmail(place)) })))
  return {
    find,
    findOwn: async (place) => own(await find(place), place),
    create: (place) => call((accounts) => accounts.create(request(place, google.clock.nowMs()))),
    setDisabled: (account, disabled) =>
      call((accounts) => (disabled ? accounts.disable(byId(account)) : accounts.enable(byId(account)))),
    delete: (account) =>
      unless(
        ['NotFound'],
        call((accounts) => accounts.delete(byId(account))),
      ),
    policy: (account) => policyOf(byId(account).name, call),
  }
}

type Client = iam_v1.Resource$Projects$Serviceaccounts
type Call = <T>(act: (accounts: Client) => Promise<{ readonly data: T }>) => Promise<T>

async function connect(google: Google): Promise<Client> {
  const { iam_v1: iam } = await import('@googleapis/iam/build/v1.js')
  const options = { rootUrl: rootUrl(google, 'iam'), timeout: ANSWER_WITHIN_MS, retry: false }
  // The client's types are those of an older release of the library that both use.
  return new iam.Iam({ ...options, auth: google.auth as never }).projects.serviceAccounts
}

const path = ({ project }: Pick<Place, 'project'>, key: string): string => `projects/${project}/serviceAccounts/${key}`

/** Its unique id names an account that was made again apart from the one before it. */
const byId = ({ projectId, uniqueId }: ServiceAccount): { readonly name: string } => ({
  name: path({ project: projectId ?? '' }, uniqueId ?? ''),
})

const request = (place: Place, nowMs: number): iam_v1.Params$Resource$Projects$Serviceaccounts$Create => ({
  name: `projects/${place.project}`,
  requestBody: {
    accountId: names.account(place),
    serviceAccount: {
      displayName: `Agent ${place.uid} of plane ${place.planeUid}`,
      // An account does not say when it was made.
      description: Object.entries({ ...identityLabels(place), 'ap-created': String(nowMs) })
        .map((label) => label.join('='))
        .join(' '),
    },
  },
})

function policyOf(resource: string, call: Call): PolicyHolder {
  const version = { 'options.requestedPolicyVersion': 3 }
  return {
    read: () => call((accounts) => accounts.getIamPolicy({ resource, ...version }) as Promise<{ data: Policy }>),
    write: (policy) =>
      call((accounts) => accounts.setIamPolicy({ resource, requestBody: { policy: policy as iam_v1.Schema$Policy } })),
  }
}

function own(account: ServiceAccount | undefined, place: Place): ServiceAccount | undefined {
  if (account === undefined || isOwn(account, place)) return account
  throw new ProviderError(
    'Conflict',
    `account ${accountEmail(place)} belongs to somebody else and was left alone; remove it and retry`,
  )
}

const GET = 'iam.serviceAccounts.get'

/**
 * An account that was made just now is forbidden to everybody, then unknown, and only then there. Whoever may read every
 * account of the project is not refused but early. https://cloud.google.com/iam/docs/service-accounts-create
 */
async function seen(
  google: Google,
  { project }: Place,
  get: () => Promise<ServiceAccount>,
): Promise<ServiceAccount | undefined> {
  try {
    return await unless(['NotFound'], get())
  } catch (error) {
    if (!isAnswer(error, 'Denied') || !(await mayRead(google, project))) throw error
    throw new ProviderError('Propagating', `the account is not visible yet: ${error.message}`, { cause: error })
  }
}

async function mayRead(google: Google, project: string): Promise<boolean> {
  const held = await googleRequest<{ readonly permissions?: readonly string[] }>(google, {
    service: 'cloudresourcemanager',
    method: 'POST',
    path: `v3/projects/${project}:testIamPermissions`,
    body: { permissions: [GET] },
  })
  return held.permissions?.includes(GET) === true
}
