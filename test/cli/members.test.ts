import { beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import type { RemoteInvocation } from '../../clients/cli/run.ts'
import { PLANE, commandWorld } from '../fakes/commands.ts'
import type { CommandWorld } from '../fakes/commands.ts'
import { runCli } from '../fakes/cli.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import type { Person } from '../fakes/terminal.ts'

let world: CommandWorld

beforeEach(async () => {
  world = commandWorld()
  await world.api.createPlane(PLANE)
})

async function planes(invocation: RemoteInvocation, person?: Person) {
  const terminal = fakeTerminal(person)
  const exitCode = await runCli(invocation, world, terminal)
  return { exitCode, ...terminal, out: terminal.stdout.join('\n'), err: terminal.stderr.join('\n') }
}

const actions = (): string[] => world.trail.map(({ entry }) => entry.action)

const roles = async () => (await world.api.listMembers({ plane: 'local' })).members.map(({ role }) => role)

describe('planes member', () => {
  const amy = { plane: 'local', email: 'amy@example.com' } as const

  test('gives, shows and takes roles', async () => {
    const add: RemoteInvocation = { verb: 'member add', options: { json: false, fields: { ...amy, role: 'viewer' } } }
    expect(await planes(add)).toMatchObject({ out: 'amy@example.com is a viewer of plane "local" now.' })
    expect(await planes(add)).toMatchObject({ out: 'amy@example.com is a viewer of plane "local" already.' })
    const list: RemoteInvocation = { verb: 'member list', options: { json: false, plane: 'local' } }
    expect(await planes(list)).toMatchObject({ out: 'viewer  amy@example.com' })
    const imagined: RemoteInvocation = {
      verb: 'member remove',
      options: { json: false, yes: false, fields: { ...amy, dryRun: true } },
    }
    expect((await planes(imagined)).out).toContain('role: "viewer" → -')
    const remove: RemoteInvocation = { verb: 'member remove', options: { json: false, yes: true, fields: amy } }
    expect(await planes(remove)).toMatchObject({ out: 'amy@example.com has no role in plane "local" now.' })
    expect(await planes(list)).toMatchObject({ exitCode: EXIT.ok, out: '', err: 'Plane "local" has no members.' })
  })
})

describe('planes member remove', () => {
  const amy = { plane: 'local', email: 'amy@example.com' } as const
  const remove = (yes = false): RemoteInvocation => ({
    verb: 'member remove',
    options: { json: false, yes, fields: amy },
  })

  beforeEach(async () => {
    await world.api.putMember({ ...amy, role: 'admin' })
  })

  test('wants --yes where nobody can be asked', async () => {
    const { exitCode, err } = await planes(remove())
    expect({ exitCode, roles: await roles() }).toEqual({ exitCode: EXIT.failure, roles: ['admin'] })
    expect(err).toBe(
      'Error: Nobody can be asked whether to remove amy@example.com from plane "local".\nAdd --yes if you are sure.',
    )
    expect(await planes(remove(true))).toMatchObject({ exitCode: EXIT.ok })
    expect(await roles()).toEqual([])
  })

  test('wants the address typed where somebody can be asked, and says what they are', async () => {
    const { exitCode, err, questions } = await planes(remove(), { answer: 'amy' })
    expect({ exitCode, roles: await roles() }).toEqual({ exitCode: EXIT.cancelled, roles: ['admin'] })
    expect(questions).toEqual(['Type the address to confirm: '])
    expect(err).toContain('This takes their role in plane "local" from amy@example.com, who is an admin there.')
    expect(err).toContain('nothing was removed')
    expect(await planes(remove(), { answer: 'amy@example.com' })).toMatchObject({ exitCode: EXIT.ok })
    expect(await roles()).toEqual([])
    expect(actions().filter((action) => action === 'member-remove')).toHaveLength(1)
  })
})
