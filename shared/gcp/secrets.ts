import type { SecretManagerServiceClient, protos } from '@google-cloud/secret-manager'
import { isOurs, sameLabels } from '../documents/labels.ts'
import type { ResourceLabels } from '../documents/labels.ts'
import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { SecretInfo, SecretStore } from '../ports/backend.ts'
import { ProviderError } from '../ports/errors.ts'
import { refuseAfter } from '../ports/intent.ts'
import type { Intent } from '../ports/intent.ts'
import { allSettled } from './all-settled.ts'
import { relabelled } from './compute/instance-read.ts'
import { rereading } from './compute/operations.ts'
import { answered, unless } from './errors.ts'
import { connected, once } from './google.ts'
import type { Google } from './google.ts'
import { lazily } from './lazily.ts'
import { bindingsOf, changePolicy, heldOnlyBy, holdersOf } from './policies.ts'
import type { Policy, PolicyHolder } from './policies.ts'

/** Reads values, and does nothing else. */
export const SECRET_READER = 'roles/secretmanager.secretAccessor'
/** Adds values, and reads none. */
export const SECRET_WRITER = 'roles/secretmanager.secretVersionAdder'

/** A day to notice that a value was destroyed by mistake; the least there is. */
const DESTROY_AFTER_S = 86_400

type Secret = protos.google.cloud.secretmanager.v1.ISecret
type Client = SecretManagerServiceClient

/** Agents' secrets in Secret Manager. No request here reads or adds a value. */
export function googleSecrets(google: Google): SecretStore {
  const client = lazily(() => connect(google))
  const admit = (intent: Intent): void => refuseAfter(intent, google.clock.nowMs())
  return {
    list: async (place, keys = []) => {
      const secrets = await client()
      const found = await findAll(secrets, place, keys)
      // A list that lags behind still has what was deleted.
      const infos = found.map((secret) => unless(['NotFound'], infoOf(secrets, secret, place)))
      return (await allSettled(infos)).filter((info) => info !== undefined)
    },
    create: async (intent, place, key, labels) => {
      const secrets = await client()
      const secret = {
        labels: { ...labels },
        replication: { automatic: {} },
        versionDestroyTtl: { seconds: DESTROY_AFTER_S },
      }
      const request = { parent: parent(place), secretId: names.secret(place, key), secret }
      admit(intent)
      const made = await unless(['AlreadyExists'], ask(secrets.createSecret(request, once())))
      if (made === undefined) await findOwn(secrets, place, key)
    },
    label: async (intent, place, key, labels) => {
      const secrets = await client()
      await rereading(() => label(secrets, place, key, { labels, admit: () => admit(intent) }))
    },
    bind: async (intent, place, key, { reader, writer }) => {
      admit(intent)
      const secrets = await client()
      const { name } = (await findOwn(secrets, place, key)) ?? missing(place, key)
      await changePolicy(
        policyOf(secrets, name ?? ''),
        (bindings) =>
          heldOnlyBy(heldOnlyBy(bindings, SECRET_READER, [`${READER}${reader}`]), SECRET_WRITER, [
            `${WRITER}${writer}`,
          ]),
        () => admit(intent),
      )
    },
    delete: async (intent, place, key) => {
      admit(intent)
      const secrets = await client()
      const secret = await findOwn(secrets, place, key)
      if (secret === undefined) return
      admit(intent)
      const { name = '', etag = '' } = secret
      await unless(['NotFound'], ask(secrets.deleteSecret({ name, etag }, once())))
    },
    hasValue: async (place, key) => {
      const secrets = await client()
      const newest = { parent: path(place, key), filter: 'state:ENABLED', pageSize: 1 }
      const versions = ask(secrets.listSecretVersions(newest, { ...once(), autoPaginate: false }))
      return ((await unless(['NotFound'], versions)) ?? []).length > 0
    },
  }
}

async function connect(google: Google): Promise<Client> {
  const { SecretManagerServiceClient: SecretManager } =
    await import('@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js')
  return connected(SecretManager, google)
}

/** The client's answers are lists that begin with what was asked for. */
async function ask<T>(call: Promise<readonly [T, ...unknown[]]>): Promise<T> {
  const [answer] = await answered('Secret Manager', call)
  return answer
}

const READER = 'serviceAccount:'
const WRITER = 'user:'

const parent = ({ project }: Place): string => `projects/${project}`
const path = (place: Place, key: string): string => `${parent(place)}/secrets/${names.secret(place, key)}`
const keyOf = ({ name }: Secret, place: Place): string =>
  (name ?? '').split('/secrets/')[1]?.slice(names.secret(place, '').length) ?? ''

/**
 * What the list knows, and what `keys` name: the list may lag behind by minutes. It is filtered by name because a secret
 * of our name with somebody else's labels has to be seen too.
 * https://cloud.google.com/secret-manager/docs/reference/consistency https://cloud.google.com/secret-manager/docs/filtering
 */
async function findAll(secrets: Client, place: Place, keys: readonly string[]): Promise<readonly Secret[]> {
  const prefix = names.secret(place, '')
  const listed = await ask(secrets.listSecrets({ parent: parent(place), filter: `name:"${prefix}"` }, once()))
  const known = listed.filter(({ name }) => name?.split('/secrets/')[1]?.startsWith(prefix))
  const unlisted = keys.filter((key) => !known.some((secret) => keyOf(secret, place) === key))
  const named = await allSettled(unlisted.map((key) => find(secrets, place, key)))
  return [...known, ...named.filter((secret) => secret !== undefined)]
}

const find = (secrets: Client, place: Place, key: string): Promise<Secret | undefined> =>
  unless(['NotFound'], ask(secrets.getSecret({ name: path(place, key) }, once())))

async function findOwn(secrets: Client, place: Place, key: string): Promise<Secret | undefined> {
  const found = await find(secrets, place, key)
  if (found === undefined || isOwn(found, place)) return found
  throw new ProviderError(
    'Conflict',
    `secret ${names.secret(place, key)} belongs to somebody else and was left alone; remove or rename it and retry`,
  )
}

const isOwn = ({ labels }: Secret, place: Place): boolean => isOurs(labels ?? {}, place)

async function infoOf(secrets: Client, secret: Secret, place: Place): Promise<SecretInfo> {
  const key = keyOf(secret, place)
  const name = secret.name ?? ''
  const labels = secret.labels ?? {}
  if (!isOwn(secret, place)) return { key, ours: false, readers: [], writers: [], labels }
  const bindings = bindingsOf(await policyOf(secrets, name).read())
  return {
    key,
    ours: true,
    readers: holdersOf(bindings, SECRET_READER, { prefix: READER }),
    writers: holdersOf(bindings, SECRET_WRITER, { prefix: WRITER }),
    labels,
    recoverable: isRecoverable(secret.versionDestroyTtl?.seconds),
  }
}

/** Whoever keeps destroyed values for longer may. */
export const isRecoverable = (keptForS: unknown): boolean => Number(keptForS ?? 0) >= DESTROY_AFTER_S

type Relabelling = { readonly labels: ResourceLabels; readonly admit: () => void }

/** By the etag that was read: whoever labels it meanwhile is not overwritten. */
async function label(secrets: Client, place: Place, key: string, { labels, admit }: Relabelling): Promise<void> {
  const found = (await findOwn(secrets, place, key)) ?? missing(place, key)
  admit()
  const before = found.labels ?? {}
  const paths = [
    ...(sameLabels(before, labels) ? [] : ['labels']),
    ...(isRecoverable(found.versionDestroyTtl?.seconds) ? [] : ['version_destroy_ttl']),
  ]
  if (paths.length === 0) return
  const [name, etag] = [found.name ?? '', found.etag ?? '']
  const secret = { name, etag, labels: relabelled(before, labels), versionDestroyTtl: { seconds: DESTROY_AFTER_S } }
  await ask(secrets.updateSecret({ secret, updateMask: { paths } }, once()))
}

type IamPolicy = protos.google.iam.v1.IPolicy

const policyOf = (secrets: Client, resource: string): PolicyHolder => ({
  read: async () =>
    (await ask(secrets.getIamPolicy({ resource, options: { requestedPolicyVersion: 3 } }, once()))) as Policy,
  write: (policy) => ask(secrets.setIamPolicy({ resource, policy: policy as IamPolicy }, once())),
})

function missing(place: Place, key: string): never {
  throw new ProviderError('NotFound', `secret ${names.secret(place, key)} does not exist`)
}
