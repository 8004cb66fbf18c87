import { describe, expect, test } from 'vitest'
import { Labels, Name, Person, SecretName } from '../../shared/documents/fields.ts'

const LONGEST = 'a'.repeat(40)

test.each(['a', '7', 'alice', 'acme-agents', 'a-b--c', LONGEST])('a plane or an agent may be called %s', (name) => {
  expect(Name.safeParse(name).success).toBe(true)
})

test.each(['', '-a', 'a-', 'Alice', 'a_b', 'a.b', 'a/b', 'ä', ' a', 'a\n', '..', `${LONGEST}a`, 7, null])(
  'a plane or an agent may not be called %j',
  (name) => {
    expect(Name.safeParse(name).success).toBe(false)
  },
)

test.each([
  'ada@acme.com',
  'a.b+c@acme.co.uk',
  'group@acme.com',
  'domainadmin@acme.com',
  'user-1@xn--bcher-kva.example',
])('%s is a person', (text) => {
  expect(Person.safeParse(text).success).toBe(true)
})

const ONE_PERSON = 'must be one person, not a group, a service account or everybody'

test.each([
  ['allUsers', ONE_PERSON],
  ['allAuthenticatedUsers', ONE_PERSON],
  ['ALLUSERS', ONE_PERSON],
  ['group:team@acme.com', ONE_PERSON],
  ['serviceAccount:x@p.iam.gserviceaccount.com', ONE_PERSON],
  ['domain:acme.com', ONE_PERSON],
  ['deleted:user:ada@acme.com?uid=1', ONE_PERSON],
  ['principal://iam.googleapis.com/x', ONE_PERSON],
  ['principalSet://iam.googleapis.com/x', ONE_PERSON],
  ['x@p.iam.gserviceaccount.com', 'must be one person, not a service account'],
  ['1-compute@developer.gserviceaccount.com', 'must be one person, not a service account'],
  ['user:ada@acme.com', 'must be an e-mail address, e.g. "alice@acme.com"'],
  ['ada', 'must be an e-mail address, e.g. "alice@acme.com"'],
  ['ada@acme', 'must be an e-mail address, e.g. "alice@acme.com"'],
  ['ada@acme.com, bob@acme.com', 'must be an e-mail address, e.g. "alice@acme.com"'],
  ['Ada@acme.com', 'must be written in lower case'],
])('%s is no owner: %s', (text, message) => {
  expect(Person.safeParse(text).error?.issues[0]?.message).toBe(message)
})

test('an address longer than the standard allows is refused', () => {
  expect(Person.safeParse(`${'a'.repeat(250)}@acme.com`).success).toBe(false)
})

describe('the name of a secret', () => {
  test.each([
    'a',
    'notes',
    'openai-api-key',
    'telegram-bot-token',
    'slack-2',
    'key-of-the-house',
    'token-2026',
    'skype-2-password',
    'pkg-registry-2026',
    'aws-s3-bucket-eu-west-1',
    'k8s-cluster-2026-production',
    LONGEST,
  ])('may be %s', (name) => {
    expect(SecretName.safeParse(name).success).toBe(true)
  })

  test.each(['', 'A', '1a', 'a-', 'a_b', 'a.b', 'a/b', `${LONGEST}a`, 'a b'])('may not be %j', (name) => {
    expect(SecretName.safeParse(name).error?.issues[0]?.message).toMatch(/^must be a name/)
  })
})

/** Put together here, so that nobody who scans this file for secrets takes them for real ones. */
const VALUES: readonly (readonly string[])[] = [
  ['sk', 'a1b2c3d4e5f6g7h8'],
  ['sk', 'proj', 'a1b2c3d4e5f6'],
  ['sk', 'ant', 'api03', 'abcdefgh'],
  ['sk', 'or', 'v1', '0123456789abcdef'],
  ['xoxb', '123456789012', 'abcdefghij'],
  ['xapp', '1', 'a0123456789', 'abc'],
  ['ghp', 'a1b2c3d4e5f6g7h8'],
  ['glpat', 'a1b2c3d4e5f6'],
  ['akia1234567890abcdef'],
  ['aizasy0a1b2c3d4e5f6g7'],
  ['eyjhbgcioijiuzi1nij9abcd'],
  ['bearer', 'a1b2c3d4e5f6'],
  ['mine', 'a1b2c3d4e5f6a1b2c3d4e5f6'],
]

test.each(VALUES.map((parts) => parts.join('-')))('a value such as %s is not taken for a name', (value) => {
  expect(SecretName.safeParse(value).error?.issues[0]?.message).toBe(
    'looks like a secret value; give a name here, and the value to `planes secret set`',
  )
})

test('a refused value is not repeated in what is said about it', () => {
  const value = ['sk', 'proj', 'a1b2c3d4e5f6'].join('-')
  expect(JSON.stringify(SecretName.safeParse(value).error)).not.toContain('a1b2c3')
})

test.each<[Record<string, string>, boolean]>([
  [{}, true],
  [{ [`k${'k'.repeat(62)}`]: 'v'.repeat(63) }, true],
  [{ [`k${'k'.repeat(63)}`]: 'v' }, false],
  [{ '1k': 'v' }, false],
  [{ k: 'V' }, false],
  [{ k: 'ä' }, false],
  [{ 'ap-owner': 'me' }, false],
])('whether %j are labels', (labels, expected) => {
  expect(Labels.safeParse(labels).success).toBe(expected)
})
