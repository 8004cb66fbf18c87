import type { Reported } from '../documents/outcome.ts'
import { inWords, ProviderError } from '../ports/errors.ts'
import type { Google } from './google.ts'
import { readAncestry, readDomain, readPolicy } from './hierarchy.ts'
import { bindingsOf, membersOf } from './policies.ts'

/** Who logs in to machines from outside the organisation needs it there. https://cloud.google.com/compute/docs/oslogin/set-up-oslogin */
const EXTERNAL_USER = 'roles/compute.osLoginExternalUser'

/**
 * Whether the organisation of an agent's project lets its owner log in to machines at all, and who has to do what when it
 * does not. What cannot be read is Unknown.
 */
export async function ownerInOrganisation(google: Google, project: string, owner: string): Promise<Reported> {
  const known: { organization?: string } = {}
  try {
    const organization = (await readAncestry(google, project)).find((name) => name.startsWith('organizations/'))
    if (organization === undefined) return { status: 'True', reason: 'NoOrganisation' }
    known.organization = organization
    return await inOrganization(google, organization, owner)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    const then =
      known.organization === undefined ? '' : `. If the owner is outside it: ${fix(known.organization, owner)}`
    return {
      status: 'Unknown',
      reason: 'OrganisationUnreadable',
      message: `it could not be read: ${inWords(error)}${then}`,
    }
  }
}

async function inOrganization(google: Google, organization: string, owner: string): Promise<Reported> {
  const domain = await readDomain(google, organization)
  if (owner.endsWith(`@${domain}`)) return { status: 'True', reason: 'InOrganisation' }
  const members = membersOf(bindingsOf(await readPolicy(google, organization)), EXTERNAL_USER)
  const isBound = members.includes(`user:${owner}`) || members.includes(`domain:${owner.replace(/^.*@/, '')}`)
  if (isBound) return { status: 'True', reason: 'ExternalUser' }
  const message = `${owner} is not of ${domain}; an organisation admin has to run: ${fix(organization, owner)}`
  return { status: 'False', reason: 'OwnerOutsideOrganisation', message }
}

const fix = (organization: string, owner: string): string =>
  `gcloud organizations add-iam-policy-binding ${organization.replace(/^.*\//, '')} --member=${quoted(`user:${owner}`)} --role=${EXTERNAL_USER}`

/** One word of a shell's, whatever is in it: an address may hold quotes and dollars. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
