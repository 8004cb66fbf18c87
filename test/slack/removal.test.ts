import { describe, expect, test } from 'vitest'
import type { OpenView } from '../../infra/local/slack/signed.ts'
import { engineWrites, namesake } from '../fakes/commands.ts'
import { slackStage, textOf } from './stage.ts'
import type { StageOptions } from './stage.ts'

const ADMIN = 'U0YOU'
type Stage = Awaited<ReturnType<typeof slackStage>>

const codeOf = ({ records }: Stage): string => [...records.offers.keys()].at(-1) ?? ''
const click = (stage: Stage, user = ADMIN, value = codeOf(stage)) =>
  stage.client.click(user, { id: 'planes.remove', value })
const dialogOf = ({ office }: Stage): OpenView => {
  const [open] = office.views.values()
  if (open === undefined) throw new Error('no dialog is open')
  return open
}
const toldLate = ({ office }: Stage): string => [...office.messages.values()].map(({ text }) => text).join('\n')

/** An admin who has clicked the button of an offer. */
async function asked(options?: StageOptions): Promise<Stage> {
  const stage = await slackStage(options)
  await stage.client.command(ADMIN, 'remove ada')
  await click(stage)
  return stage
}

const unopened: StageOptions['alter'] = (ports) => ({
  ...ports,
  notifier: { run: () => Promise.reject(new Error('away')) },
})

describe('removing', () => {
  test('takes a command, a click and the name typed; then it is done, audited once and watched', async () => {
    const stage = await asked()
    const { world, client, office, records } = stage
    expect(world.trail).toEqual([])
    const answer = await client.submit(dialogOf(stage), 'ada')
    expect(JSON.stringify(answer.body)).toContain('local/ada is being removed. I keep you posted')
    expect(world.trail.map(({ entry }) => [entry.actor, entry.surface, entry.action, entry.agent])).toEqual([
      ['admin@example.com', 'slack', 'remove-agent', 'ada'],
    ])
    expect([records.watches.size, office.refusals]).toEqual([1, []])
    expect(JSON.stringify([...office.views.values()])).toContain('is being removed')
  })

  test.each(['', 'Ada', 'bob', 'ada bob', 'local/ada'])(
    'with "%s" typed keeps the dialog open, and removes nothing',
    async (typed) => {
      const stage = await asked()
      const answer = await stage.client.submit(dialogOf(stage), typed)
      expect(answer.body).toEqual({ response_action: 'errors', errors: { name: 'This is not its name. Type: ada' } })
      expect([stage.world.trail, stage.office.views.size]).toEqual([[], 1])
    },
  )

  test('works with spaces around the name, as people type it', async () => {
    const stage = await asked()
    await stage.client.submit(dialogOf(stage), ' ada ')
    expect(stage.world.trail).toHaveLength(1)
  })

  test('is offered for fifteen minutes', async () => {
    const stage = await slackStage()
    await stage.client.command(ADMIN, 'remove ada')
    stage.world.clock.ms += 15 * 60_000
    await click(stage)
    expect([toldLate(stage), stage.office.views.size]).toEqual([expect.stringContaining('This offer is over'), 0])
  })

  test('is over fifteen minutes after the offer, though the dialog is open', async () => {
    const stage = await asked()
    stage.world.clock.ms += 15 * 60_000
    expect(JSON.stringify((await stage.client.submit(dialogOf(stage), 'ada')).body)).toContain('Ask again')
    expect(stage.world.trail).toEqual([])
  })

  test('is not for whoever else clicks, or sends the dialog', async () => {
    const stage = await asked()
    stage.world.members.set('local/bob@example.com', { email: 'bob@example.com', role: 'admin', createdAt: '' })
    await click(stage, 'U0BOB')
    expect(toldLate(stage)).toContain('This offer is over')
    await stage.client.submit({ ...dialogOf(stage), user: 'U0BOB' }, 'ada')
    expect(stage.world.trail).toEqual([])
  })

  test('asks for rights on the click again', async () => {
    const stage = await slackStage()
    await stage.client.command(ADMIN, 'remove ada')
    stage.world.members.delete('local/admin@example.com')
    await click(stage)
    expect([toldLate(stage), stage.office.views.size]).toEqual([expect.stringContaining('may not do this'), 0])
  })

  test('asks for rights when the name was typed again', async () => {
    const stage = await asked()
    stage.world.members.delete('local/admin@example.com')
    expect(JSON.stringify((await stage.client.submit(dialogOf(stage), 'ada')).body)).toContain('may not do this')
    expect(stage.world.trail).toEqual([])
  })

  test('asks who it is again: somebody who was unlinked removes nothing', async () => {
    const stage = await asked()
    await stage.records.putLink(stage.person(ADMIN), undefined)
    await stage.client.submit(dialogOf(stage), 'ada')
    expect(stage.world.trail).toEqual([])
  })

  test('a name that means another agent by now removes nothing, in the dialog or by the button', async () => {
    const stage = await asked()
    const { world } = stage
    namesake(world)
    const { body } = await stage.client.submit(dialogOf(stage), 'ada')
    expect(JSON.stringify(body)).toContain('is another agent by now')
    await click(stage)
    expect(toldLate(stage)).toContain('is another agent by now')
    expect([world.trail, stage.office.views.size]).toEqual([[], 1])
  })

  test('twice from one dialog is done once', async () => {
    const stage = await asked()
    const open = dialogOf(stage)
    await stage.client.submit(open, 'ada')
    expect(JSON.stringify((await stage.client.submit(open, 'ada')).body)).toContain('done already')
    expect(stage.world.trail).toHaveLength(1)
  })

  test('what is being removed already is not offered', async () => {
    const stage = await slackStage()
    await stage.world.api.removeAgent({ plane: 'local', name: 'ada' })
    await engineWrites(stage.world, 'ada', { phase: 'Removing', target: 'absent' })
    expect(textOf(await stage.client.command(ADMIN, 'remove ada'))).toContain('is being removed already')
    expect(stage.records.offers.size).toBe(0)
  })

  test('when the dialog cannot be opened says so', async () => {
    const stage = await asked({ alter: unopened })
    expect(toldLate(stage)).toContain('Something went wrong on our side')
    expect(stage.lines).toContain('error slack.failed')
  })

  test('buttons and dialogs of others are nothing to us', async () => {
    const stage = await asked()
    expect((await stage.client.click(ADMIN, { id: 'other.button', value: 'x' })).body).toBe('')
    const open = { ...dialogOf(stage), view: { callback_id: 'other.view', private_metadata: codeOf(stage) } }
    expect((await stage.client.submit(open, 'ada')).body).toBe('')
    expect(stage.world.trail).toEqual([])
  })
})
