import { accountOf } from '../iam/members.ts'
import { asText } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { lastOf } from '../compute/references.ts'
import type { Entry } from '../store.ts'
import type { World } from '../world.ts'

const LIFETIME_S = 3600

/** The `iss` of Google's tokens. https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload */
export const GOOGLE_ISSUER = 'https://accounts.google.com'

/** The account a machine runs as; undefined when it has none, or one that is gone or disabled. */
export function accountOfMachine({ body }: Entry, { store }: Pick<World, 'store'>): Entry | undefined {
  const [attached] = (body['serviceAccounts'] ?? []) as readonly { readonly email?: string }[]
  const account = attached?.email === undefined ? undefined : accountOf(attached.email, store)
  return account?.body['disabled'] === true ? undefined : account
}

/** A machine's identity token in the format `full`; undefined when its account gets none. */
export function identityToken(
  instance: Entry,
  audience: string,
  { store, clock, signer }: Pick<World, 'store' | 'clock' | 'signer'>,
): string | undefined {
  const account = accountOfMachine(instance, { store })
  if (account === undefined) return undefined
  const iat = Math.floor(clock.nowMs() / 1000)
  const { uniqueId = '', email = '' } = account.body
  return signer.sign({
    aud: audience,
    azp: uniqueId,
    email,
    email_verified: true,
    exp: iat + LIFETIME_S,
    google: { compute_engine: machineClaims(instance, store) },
    iat,
    iss: GOOGLE_ISSUER,
    sub: uniqueId,
  })
}

function machineClaims({ name, body, createdAtMs }: Entry, store: World['store']): JsonObject {
  const [, project = '', , zone = ''] = name.split('/')
  return {
    instance_creation_timestamp: Math.floor(createdAtMs / 1000),
    instance_id: asText(body['id']),
    instance_name: lastOf(name),
    project_id: project,
    project_number: Number(store.find(`projects/${project}`)?.body['projectNumber'] ?? 0),
    zone,
  }
}
