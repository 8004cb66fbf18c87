import { ApiError, invalid } from '../errors.ts'
import type { Api } from '../served.ts'
import type { Store } from '../store.ts'
import type { Check, World } from '../world.ts'
import { accountOf, isAccountAddress } from './members.ts'
import { numbered, projectOf } from './subjects.ts'

const TOKEN = /^Bearer sim:(?<email>[^@\s]+@[^@\s]+)$/

/**
 * Who calls: `Authorization: Bearer sim:<email>` names the caller, there is nothing to steal. Throws UNAUTHENTICATED for
 * any other token, and for accounts of simulated projects that do not exist or are disabled.
 */
export function callerOf(authorization: string | undefined, store: Store): string {
  const email = TOKEN.exec(authorization ?? '')?.groups?.['email']
  if (email === undefined)
    throw new ApiError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. The simulated cloud expects "Authorization: Bearer sim:<email>".',
    )
  const local =
    isAccountAddress(email) && store.find(`projects/${/@([^.]+)\.iam\./.exec(email)?.[1] ?? ''}`) !== undefined
  const account = accountOf(email, store)
  if (local && (account === undefined || account.body['disabled'] === true))
    throw new ApiError(
      'UNAUTHENTICATED',
      `The account ${email} ${account === undefined ? 'does not exist' : 'is disabled'}.`,
    )
  return email
}

/** Throws the API's own PERMISSION_DENIED for the first permission that is missing; records those that were held. */
export function authorize(
  { api, caller }: { readonly api: Api; readonly caller: string },
  checks: readonly (Check & { readonly modifiedGrantsByRole?: readonly string[] })[],
  { access, store }: Pick<World, 'access' | 'store'>,
): void {
  for (const check of checks) {
    if (!access.allows({ caller, ...check })) throw denied(api, check, caller, store)
    access.recordUse(caller, check.permission)
  }
}

function denied(api: Api, { permission, resource }: Check, caller: string, store: Store): ApiError {
  if (permission === 'iam.serviceAccounts.actAs' && api === 'compute.v1') return cannotActAs(resource, caller)
  if (api === 'compute.v1' && store.find(`projects/${projectOf(resource)}`) === undefined)
    return new ApiError('NOT_FOUND', `Failed to find project ${projectOf(resource)}`)
  const full = ['secretmanager.v1', 'iap.v1'].includes(api) ? numbered(resource, store) : resource
  return new ApiError('PERMISSION_DENIED', sentence(api, permission, full), {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'IAM_PERMISSION_DENIED',
        domain: `${api.split('.')[0] ?? ''}.googleapis.com`,
        metadata: { permission, resource: full },
      },
    ],
  })
}

function sentence(api: Api, permission: string, resource: string): string {
  if (api === 'compute.v1') return `Required '${permission}' permission for '${resource}'`
  if (api === 'iam.v1') return `Permission '${permission}' denied on resource (or it may not exist).`
  if (api.startsWith('cloudresourcemanager')) return 'The caller does not have permission'
  return `Permission '${permission}' denied for resource '${resource}' (or it may not exist).`
}

/** Compute Engine does not tell a missing account from one that may not be used. */
export const cannotActAs = (account: string, caller: string): ApiError =>
  invalid(
    `The user does not have access to service account '${account.split('/').at(-1) ?? ''}'. User: '${caller}'. ` +
      `Ask a project owner to grant you the iam.serviceAccountUser role on the service account ` +
      `(permission 'iam.serviceAccounts.actAs').`,
    { reason: 'serviceAccountAccessDenied' },
  )
