import { describe, expect, test } from 'vitest'
import { heartbeatUrl, readEnvironment } from '../../functions/environment.ts'
import { signInOf } from '../../functions/wiring-people.ts'

const local = {
  AP_MODE: 'local',
  GOOGLE_CLOUD_PROJECT: 'local-plane',
  FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:2',
  AP_API_TOKEN_FILE: '/tmp/state/token',
  AP_FUNCTIONS_URL: 'http://127.0.0.1:3',
  AP_HEARTBEAT_JWKS_URL: 'http://127.0.0.1:4/jwks.json',
}
const vm = {
  AP_BACKEND: 'vm',
  AP_CONTROL_PROJECT: 'acme-control',
  AP_TASKS_LOCATION: 'us-east4',
  AP_TASKS_QUEUE: 'step-delays',
  AP_MACHINE_SOURCES: 'packages.example.com, deb.debian.org',
}
const processes = { ...local, AP_BACKEND: 'process', AP_STATE_DIR: '/tmp/state' }
const simulated = { ...local, ...vm, AP_GOOGLE_ENDPOINT: '127.0.0.1:5' }
const deployed = {
  ...vm,
  AP_MODE: 'deployed',
  GOOGLE_CLOUD_PROJECT: 'acme-control',
  AP_FUNCTIONS_URL: 'https://planes.acme.com',
}
const TWO = ['1-a.apps.googleusercontent.com', '2-b.apps.googleusercontent.com']
const machines = {
  AP_MACHINE_IMAGE: 'projects/debian-cloud/global/images/family/debian-12',
  AP_MACHINE_SOURCES: ['packages.example.com', 'deb.debian.org'],
}

describe('the environment', () => {
  test.each([
    ['of processes on this computer', processes, processes],
    ['of machines on a simulated cloud', simulated, { ...simulated, ...machines }],
    ['of a deployment', deployed, { ...deployed, ...machines }],
  ])('%s is read whole, and nothing else of it', (_, given, read) => {
    const environment = readEnvironment({ ...given, HOME: '/root' })
    expect(environment).toMatchObject(read)
    expect(environment).not.toHaveProperty('HOME')
  })

  const needed = [
    ...Object.keys(processes).map((name) => [name, processes] as const),
    ...Object.keys(simulated).map((name) => [name, simulated] as const),
    ...Object.keys(deployed).map((name) => [name, deployed] as const),
  ]
  test.each(needed)('without %s nothing starts', (name, whole) => {
    expect(() => readEnvironment({ ...whole, [name]: undefined })).toThrow(`The environment variable ${name} `)
  })

  test.each([
    [{ ...processes, AP_MODE: 'cloud' }, 'AP_MODE must be "local" or "deployed"'],
    [{ ...processes, AP_BACKEND: 'kubernetes' }, 'AP_BACKEND must be "process"'],
    [{ ...deployed, AP_BACKEND: 'process' }, 'AP_BACKEND must be "vm"'],
    [{ ...deployed, FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' }, 'FIRESTORE_EMULATOR_HOST must not be set'],
    [{ ...deployed, PUBSUB_EMULATOR_HOST: '127.0.0.1:1' }, 'PUBSUB_EMULATOR_HOST must not be set'],
    [{ ...deployed, AP_GOOGLE_ENDPOINT: '127.0.0.1:1' }, 'AP_GOOGLE_ENDPOINT must not be set'],
    [{ ...deployed, AP_PEOPLE_JWKS_URL: 'http://127.0.0.1:1' }, 'AP_PEOPLE_JWKS_URL must not be set'],
    [{ ...simulated, AP_GOOGLE_ENDPOINT: 'http://127.0.0.1' }, 'AP_GOOGLE_ENDPOINT must be host:port'],
    [{ ...deployed, AP_CONTROL_PROJECT: 'Acme' }, 'AP_CONTROL_PROJECT must be a Google Cloud project id'],
    [{ ...deployed, AP_TASKS_LOCATION: 'here' }, 'AP_TASKS_LOCATION must be a region'],
    [
      { ...deployed, AP_MACHINE_SOURCES: undefined },
      'AP_MACHINE_SOURCES must name the hosts that machines install from, or be empty for an image that has everything',
    ],
    [{ ...deployed, AP_MACHINE_SOURCES: 'https://a.example.com' }, 'AP_MACHINE_SOURCES.0 must be host names'],
    [{ ...deployed, AP_TASKS_QUEUE: 'a/b' }, 'AP_TASKS_QUEUE must be the name of a queue'],
    [{ ...deployed, AP_MACHINE_IMAGE: 'debian-12' }, 'AP_MACHINE_IMAGE must be projects/P/global/images/family/F'],
    [{ ...deployed, AP_FUNCTIONS_URL: 'planes' }, 'AP_FUNCTIONS_URL must be an address'],
    [{ ...deployed, AP_GCLOUD_SIGN_IN: 'yes' }, 'AP_GCLOUD_SIGN_IN must be "allowed" or not set'],
  ])('%j is refused, saying why', (given, message) => {
    expect(() => readEnvironment(given)).toThrow(message)
  })

  test('machines with everything on their image install from nowhere', () => {
    expect(readEnvironment({ ...deployed, AP_MACHINE_SOURCES: '' })).toMatchObject({ AP_MACHINE_SOURCES: [] })
  })

  test.each([
    [{}, [], false],
    [{ AP_OAUTH_CLIENTS: '1-a.apps.googleusercontent.com, 2-b.apps.googleusercontent.com' }, TWO, false],
    [{ AP_GCLOUD_SIGN_IN: 'allowed' }, [], true],
  ])('people sign in with %j by clients %j, and by gcloud: %s', (more, clients, isGcloudAllowed) => {
    const environment = readEnvironment({ ...deployed, ...more })
    const signIn = environment.AP_MODE === 'deployed' && signInOf(environment)
    expect(signIn).toEqual({ project: 'acme-control', clients, isGcloudAllowed })
  })

  test('heartbeats go below the functions, unless they have an address of their own', () => {
    expect(heartbeatUrl(readEnvironment(deployed))).toBe('https://planes.acme.com/heartbeat')
    const elsewhere = { ...deployed, AP_HEARTBEAT_AUDIENCE: 'https://beat.acme.com/' }
    expect(heartbeatUrl(readEnvironment(elsewhere))).toBe('https://beat.acme.com/')
  })
})
