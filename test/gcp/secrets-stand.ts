import { googleSecrets } from '../../shared/gcp/secrets.ts'
import { identityLabels } from '../../shared/documents/labels.ts'
import { must } from './a-cloud.ts'
import type { Send } from './a-cloud.ts'
import { aStand, INTENT, PLACE } from './adapter-stand.ts'
import type { Stand } from './adapter-stand.ts'

/** Where secrets are. */
export const SECRETS = '/v1/projects/demo-project/secrets'
/** What our secret `key` is called, and where it is. */
export const NAME = 'ap-planeuid22-agentuid22-key'
export const RESOURCE = `${SECRETS}/${NAME}`
export const READER = 'roles/secretmanager.secretAccessor'
export const WRITER = 'roles/secretmanager.secretVersionAdder'
export const LABELS = identityLabels(PLACE)
/** Whom our secret is for, and what its policy says then. */
export const WHO = { reader: 'agent@accounts.example', writer: 'ada@acme.com' }
export const BOUND = [
  { role: READER, members: ['serviceAccount:agent@accounts.example'] },
  { role: WRITER, members: ['user:ada@acme.com'] },
]

/** What our secret's policy says. */
export const bindings = async (send: Send) => (await must(send, `GET ${RESOURCE}:getIamPolicy`))['bindings']

/** A cloud with our secret `key` in it, bound. */
export async function bound(): Promise<Stand & { readonly store: ReturnType<typeof googleSecrets> }> {
  const stand = await aStand()
  const store = googleSecrets(stand.google)
  await store.create(INTENT, PLACE, 'key', LABELS)
  await store.bind(INTENT, PLACE, 'key', WHO)
  return { ...stand, store }
}
