import { beforeEach, describe, expect, test } from 'vitest'
import { ApiError, Unreachable } from '../../shared/api/errors.ts'
import { CliError, EXIT } from '../../clients/cli/exit.ts'
import { doctor } from '../../clients/cli/verbs/doctor.ts'
import type { Patient } from '../../clients/cli/verbs/doctor.ts'
import { ADA, PLANE, commandWorld, engineWrites, engineWritesPlane } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { fakeTerminal } from '../fakes/terminal.ts'

const PRINTS: Readonly<Record<string, string>> = {
  'java -version': 'openjdk version "17.0.15" 2025-04-15',
  'gcloud version': 'Google Cloud SDK 580.0.0',
  'gcloud auth list --filter=status:ACTIVE --format=value(account)': 'ada@acme.com\n',
}

const THERE = { url: 'http://x', signIn: 'Sign in again: planes login', reach: 'Is the address right?' }

/** An API of which every call is refused with this. */
const refusing = (world: CommandWorld, error: Error) => async () => ({
  ...THERE,
  api: { ...world.api, listPlanes: async (): Promise<never> => Promise.reject(error) },
})

const NOBODY = new Unreachable('http://x', 'Could not reach the API at http://x: nobody answers.')

const signedOut = async (): Promise<never> => Promise.reject(new CliError(EXIT.signInNeeded, 'No token.', 'Sign in.'))

/** A plane whose project has what agents need. */
const GROUND = {
  steps: { services: { state: 'ready', attempt: 1 } },
  resources: { services: { agentsThatFit: 14 } },
} as const

describe('planes doctor', () => {
  let world: CommandWorld

  beforeEach(async () => {
    world = commandWorld()
    await world.api.createPlane(PLANE)
    await engineWritesPlane(world, GROUND)
  })

  async function examine(changes: Partial<Patient> = {}, options = {}) {
    const terminal = fakeTerminal()
    const exitCode = await doctor(
      { json: false, ...options },
      {
        terminal,
        nodeVersion: 'v24.21.0',
        run: async (program, args) => PRINTS[[program, ...args].join(' ')],
        hasEmulators: async () => true,
        connect: async () => ({ ...THERE, url: 'http://127.0.0.1:8787', api: world.api, person: 'ada@acme.com' }),
        signal: new AbortController().signal,
        ...changes,
      },
    )
    return { exitCode, stdout: terminal.stdout, stderr: terminal.stderr }
  }

  const UNSEEN = '! Planes: APIs, quotas, steps and conditions were not looked at: '

  test('finds nothing where nothing is missing', async () => {
    expect(await examine()).toEqual({
      exitCode: EXIT.ok,
      stdout: [
        '✓ Node.js: v24.21.0',
        '✓ Java: version 17',
        '✓ Emulators: are there',
        '✓ gcloud: 580.0.0, signed in as ada@acme.com',
        '✓ API: answers at http://127.0.0.1:8787; planes: 1',
        '✓ Sign-in: the API knows you as ada@acme.com',
        '✓ plane local, APIs: those that agents need are on',
        '✓ plane local, quotas: room for 14 more agents',
        '✓ plane local: Ready, agents: 0',
      ],
      stderr: [],
    })
  })

  test('says what is not known yet of a plane that is being made, and what an API that is off wants', async () => {
    await engineWritesPlane(world, {})
    const young = (await examine()).stdout.filter((line) => line.startsWith('!'))
    expect(young).toEqual([
      '! plane local, APIs: have not been looked at yet',
      '! plane local, quotas: have not been measured yet',
    ])
    const off = {
      state: 'failed',
      attempt: 1,
      reason: 'ServicesDisabled',
      message: 'enable compute.googleapis.com',
    } as const
    await engineWritesPlane(world, { ...GROUND, phase: 'Failed', steps: { services: off } })
    expect((await examine()).stdout).toContain(
      '✗ plane local: step services failed: ServicesDisabled enable compute.googleapis.com',
    )
  })

  test('warns of what is missing for other uses, with the fix', async () => {
    const { exitCode, stdout } = await examine({ run: async () => undefined, hasEmulators: async () => false })
    expect(exitCode).toBe(EXIT.ok)
    expect(stdout.filter((line) => line.startsWith('!'))).toHaveLength(3)
    expect(stdout.join('\n')).toContain('https://cloud.google.com/sdk/docs/install')
  })

  test.each(['v22.9.0', 'v24.1.0', 'v26.0.0'])('Node.js %s is wrong', async (nodeVersion) => {
    const { exitCode, stdout } = await examine({ nodeVersion })
    expect({ exitCode, first: stdout[0] }).toEqual({
      exitCode: EXIT.failure,
      first: `✗ Node.js: ${nodeVersion} is not what this is made for`,
    })
  })

  test('says what it tried to reach, and how to sign in, which ends with another code', async () => {
    const offline = await examine({ connect: refusing(world, NOBODY) })
    expect({ ...offline, stdout: offline.stdout.slice(-3) }).toEqual({
      exitCode: EXIT.failure,
      stdout: [
        '✗ API: Could not reach the API at http://x: nobody answers.',
        '    Is the address right?',
        `${UNSEEN}the API told of none`,
      ],
      stderr: [],
    })
    const refusal = new ApiError(401, { code: 'NotSignedIn', message: 'The token has expired.', requestId: 'r' })
    const refused = await examine({ connect: refusing(world, refusal) })
    expect(refused.exitCode).toBe(EXIT.signInNeeded)
    expect(refused.stdout.slice(-3, -1)).toEqual(['✗ Sign-in: The token has expired.', `    ${THERE.signIn}`])
    const stranger = await examine({ connect: signedOut })
    expect(stranger.exitCode).toBe(EXIT.signInNeeded)
    expect(stranger.stdout.slice(-3, -1)).toEqual(['✗ Sign-in: No token.', '    Sign in.'])
  })

  test('shows with --debug where an error comes from', async () => {
    const { stderr } = await examine({ connect: refusing(world, NOBODY) }, { debug: true })
    expect(stderr.join('\n')).toMatch(/^Unreachable: Could not reach the API.*\n\s+at /)
  })

  test('is cancelled by Ctrl-C, and blames nobody', async () => {
    const interrupt = new AbortController()
    const connect = async (): Promise<never> => {
      interrupt.abort()
      throw NOBODY
    }
    const cancelled = examine({ connect, signal: interrupt.signal })
    await expect(cancelled).rejects.toMatchObject({ exitCode: EXIT.cancelled, message: 'Cancelled.' })
  })

  test('says what was not looked at where there is no plane', async () => {
    const nowhere = { connect: async () => ({ ...THERE, api: commandWorld().api }) }
    const create = 'Make one: planes create --help'
    const none = await examine(nowhere)
    expect({ exitCode: none.exitCode, last: none.stdout.slice(-3) }).toEqual({
      exitCode: EXIT.ok,
      last: [
        '✓ Sign-in: the API knows you; the token does not say as whom',
        `${UNSEEN}there is no plane yet`,
        `    ${create}`,
      ],
    })
    expect((await examine(nowhere, { plane: 'acme' })).stdout.slice(-3)).toEqual([
      '✗ plane acme: is not there',
      `    There is none yet. ${create}`,
      `${UNSEEN}that plane is not there`,
    ])
  })

  test('tells what failed in a plane and its agents, and what they want of somebody', async () => {
    const failed = {
      state: 'failed',
      attempt: 1,
      reason: 'Denied',
      message: 'compute.instances.create is missing',
    } as const
    const condition = {
      status: 'True',
      reason: 'Full',
      message: 'no agent fits; ask for more CPUS',
      sinceMs: world.clock.ms,
    } as const
    await engineWritesPlane(world, {
      phase: 'Failed',
      steps: { ...GROUND.steps, grants: failed },
      resources: { services: { agentsThatFit: 0 } },
      conditions: { Capacity: condition },
    })
    await world.api.addAgent(ADA)
    await engineWrites(world, 'ada', { phase: 'Failed', steps: { machine: failed } })
    const { exitCode, stdout } = await examine({}, { plane: 'local' })
    expect(exitCode).toBe(EXIT.failure)
    expect(stdout.slice(6)).toEqual([
      '✓ plane local, APIs: those that agents need are on',
      '✗ plane local: step grants failed: Denied compute.instances.create is missing',
      '    Put that right, then: planes retry --plane local',
      '! plane local: Capacity: no agent fits; ask for more CPUS',
      '    See all of it: planes status --plane local',
      '✗ plane local, agent ada: step machine failed: Denied compute.instances.create is missing',
      '    Put that right, then: planes retry --plane local --name ada',
    ])
    expect((await examine({}, { plane: 'locla' })).stdout.slice(-3)).toEqual([
      '✗ plane locla: is not there',
      '    There is: local',
      `${UNSEEN}that plane is not there`,
    ])
  })

  test('gives the same as JSON', async () => {
    const { stdout } = await examine({}, { json: true })
    const { version, findings } = JSON.parse(stdout.join('')) as { version: number; findings: unknown[] }
    expect({ version, first: findings[0] }).toEqual({
      version: 1,
      first: { what: 'Node.js', is: 'fine', text: 'v24.21.0' },
    })
  })
})
