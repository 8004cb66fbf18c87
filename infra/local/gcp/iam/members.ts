import { invalid } from '../errors.ts'
import { asText, textOf } from '../json.ts'
import type { Entry, Store } from '../store.ts'

/** What members are judged by. */
export type People = {
  readonly store: Store
  readonly nowMs: number
}

const EMAIL = /^[^@\s:?]+@[^@\s:?]+\.[^@\s:?]+$/
const ACCOUNT = /^(?<id>[a-z][a-z0-9-]+)@(?<project>[a-z][a-z0-9-]+)\.iam\.gserviceaccount\.com$/
const KEPT = /^serviceAccount:(?<email>[^?]+)\?uid=(?<uid>\d+)$/
const PROJECT_ACCOUNTS =
  /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/projects\/(\d+)\/type\/ServiceAccount$/

/** The account an e-mail address names, whether or not it can be seen yet. */
export function accountOf(email: string, store: Store): Entry | undefined {
  const project = ACCOUNT.exec(email)?.groups?.['project']
  return project === undefined ? undefined : store.find(`projects/${project}/serviceAccounts/${email}`)
}

/** Whether it is an account's address in a project that exists here: then it exists, or it is nobody. */
const isLocal = (email: string, store: Store): boolean =>
  store.find(`projects/${ACCOUNT.exec(email)?.groups?.['project'] ?? ''}`) !== undefined

/**
 * A member as a policy keeps it: an account with its unique id, because a re-created account is somebody else. Throws
 * INVALID_ARGUMENT for what is no member, and for an account that does not exist, or not yet as far as policies know.
 */
export function keepMember(member: string, { store, nowMs }: People): string {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers' || PROJECT_ACCOUNTS.test(member)) return member
  if (member.startsWith('deleted:')) return keepDeleted(member)
  const [kind = '', email = ''] = member.split(/:(.*)/s)
  if (kind === 'domain' && email.includes('.')) return member
  if (!['user', 'group', 'serviceAccount'].includes(kind) || !EMAIL.test(email))
    throw invalid(
      `Invalid member '${member}': the member must have the form user:, group:, serviceAccount: or domain:.`,
    )
  if (kind !== 'serviceAccount' || !isLocal(email, store)) return `${kind}:${email.toLowerCase()}`
  const account = accountOf(email, store)
  if (account === undefined || nowMs < (account.readyAtMs ?? 0))
    throw invalid(`Service account ${email} does not exist.`)
  return `${member}?uid=${textOf(account.body, 'uniqueId')}`
}

function keepDeleted(member: string): string {
  const kept = member.replace(/^deleted:/, '')
  if (!KEPT.test(kept) && !/^(?:user|group):[^?]+\?uid=\d+$/.test(kept)) throw invalid(`Invalid member '${member}'.`)
  return kept
}

/** A kept member as people see it: an account that is gone is shown as deleted, with its unique id. */
export function showMember(kept: string, { store }: People): string {
  const { email, uid } = KEPT.exec(kept)?.groups ?? {}
  if (email === undefined || uid === undefined) return kept
  const account = accountOf(email, store)
  return account?.body['uniqueId'] === uid ? `serviceAccount:${email}` : `deleted:${kept}`
}

/** Whether a kept member is this caller. Groups have no members here. */
export function isMember(kept: string, caller: string, { store }: People): boolean {
  if (kept === 'allUsers' || kept === 'allAuthenticatedUsers') return true
  const account = accountOf(caller, store)
  const [, number] = PROJECT_ACCOUNTS.exec(kept) ?? []
  if (number !== undefined)
    return (
      account !== undefined &&
      store.find(`projects/${asText(account.body['projectId'])}`)?.body['projectNumber'] === number
    )
  if (account !== undefined) return kept === `serviceAccount:${caller}?uid=${asText(account.body['uniqueId'])}`
  if (kept.startsWith('domain:')) return caller.toLowerCase().endsWith(`@${kept.slice('domain:'.length)}`)
  return kept === `${isAccountAddress(caller) ? 'serviceAccount' : 'user'}:${caller.toLowerCase()}`
}

export const isAccountAddress = (email: string): boolean => email.endsWith('.gserviceaccount.com')
