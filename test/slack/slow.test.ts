import { describe, expect, test, vi } from 'vitest'
import type { StageOptions } from './stage.ts'
import { slackStage, textOf } from './stage.ts'

/** Resolves when it is told to. */
function gate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  return { opened, open: () => open() }
}

/** A world whose answer is due at once, and that hangs where the test says. */
function slowAt(hang: (ports: Parameters<NonNullable<StageOptions['alter']>>[0], until: Promise<void>) => object) {
  const { opened, open } = gate()
  const due = gate()
  const alter: NonNullable<StageOptions['alter']> = (ports) => ({
    ...ports,
    ...(hang(ports, opened) as Partial<typeof ports>),
    after: () => due.opened,
  })
  return { alter, open, due: due.open }
}

describe('when Firestore is slow', () => {
  test('to read, the person is answered in time, and nothing is written afterwards', async () => {
    const reached = gate()
    const { alter, open, due } = slowAt(({ commands }, until) => ({
      commands: {
        ...commands,
        documents: {
          ...commands.documents,
          findAgent: async (...given: Parameters<typeof commands.documents.findAgent>) => {
            reached.open()
            await until
            return commands.documents.findAgent(...given)
          },
        },
      },
    }))
    const { client, world, lines, records } = await slackStage({ alter })
    const answering = client.command('U0YOU', 'restart ada')
    await reached.opened
    due()
    expect(textOf(await answering)).toContain('This takes longer than Slack waits')
    world.clock.ms += 3000
    open()
    await vi.waitFor(() => expect([...records.claims.values()][0]).toContain('takes longer'), { timeout: 5000 })
    expect([world.trail, lines]).toEqual([[], ['warn slack.slow']])
  })

  test('to look who may, no dialog opens late', async () => {
    const reached = gate()
    const { alter, open, due } = slowAt(({ commands }, until) => ({
      commands: {
        ...commands,
        ids: {
          next: () => {
            reached.open()
            return commands.ids.next()
          },
        },
        specs: {
          ...commands.specs,
          getMember: async (...given: Parameters<typeof commands.specs.getMember>) => {
            await until
            return commands.specs.getMember(...given)
          },
        },
      },
    }))
    const { client, world, records, office, person } = await slackStage({ alter })
    const offer = { for: 'removal', person: person('U0YOU'), plane: 'local', name: 'ada', uid: '' } as const
    const value = await records.putOffer(offer, world.clock.ms + 60_000)
    const answering = client.click('U0YOU', { id: 'planes.remove', value })
    await reached.opened
    due()
    expect((await answering).body).toBe('')
    world.clock.ms += 3000
    open()
    await vi.waitFor(() => expect(office.messages.size).toBe(2), { timeout: 5000 })
    expect([office.views.size, world.trail]).toEqual([0, []])
  })

  test('to note it, a link is not forgotten', async () => {
    const reached = gate()
    const { opened, open } = gate()
    const due = gate()
    const { client, records } = await slackStage({ alter: (ports) => ({ ...ports, after: () => due.opened }) })
    records.audit = async () => {
      reached.open()
      await opened
      throw new Error('never written')
    }
    const answering = client.command('U0ADA', 'unlink')
    await reached.opened
    due.open()
    expect(textOf(await answering)).toContain('This takes longer')
    open()
    await vi.waitFor(() => expect([...records.claims.values()][0]).toBeDefined(), { timeout: 5000 })
    expect(records.people.get('T0LOCAL_U0ADA')).toMatchObject({ email: 'ada@example.com' })
  })

  test('to find who asks, a link is not forgotten late', async () => {
    const { alter, open, due } = slowAt(({ records }, until) => ({
      records: {
        ...records,
        findPerson: (...given: Parameters<typeof records.findPerson>) => until.then(() => records.findPerson(...given)),
      },
    }))
    const { client, records, world } = await slackStage({ alter })
    const answering = client.command('U0ADA', 'unlink')
    due()
    expect(textOf(await answering)).toContain('This takes longer')
    world.clock.ms += 3000
    open()
    await vi.waitFor(() => expect([...records.claims.values()][0]).toContain('takes longer'), { timeout: 5000 })
    expect(records.people.get('T0LOCAL_U0ADA')).toMatchObject({ email: 'ada@example.com' })
    expect(world.trail).toEqual([])
  })

  test('to claim, the person is answered in time, and nothing is done', async () => {
    const { alter, due } = slowAt(({ records }, until) => ({
      records: { ...records, claim: () => until.then(() => ({ is: 'first' })) },
    }))
    const { client, world } = await slackStage({ alter })
    due()
    expect(textOf(await client.command('U0YOU', 'restart ada'))).toContain('This takes longer')
    expect(world.trail).toEqual([])
  })

  test('a click is answered in the conversation', async () => {
    const { alter, due } = slowAt(({ records }, until) => ({
      records: { ...records, findPerson: () => until.then(() => undefined) },
    }))
    const { client, office } = await slackStage({ alter })
    due()
    expect((await client.click('U0YOU', { id: 'planes.remove', value: 'x' })).body).toBe('')
    expect([...office.messages.values()].map(({ text }) => text).join()).toContain('This takes longer')
  })
})

describe('when Firestore fails', () => {
  test('the person is told without its words, and the log says so', async () => {
    const { client, lines, world } = await slackStage({
      alter: (ports) => ({
        ...ports,
        commands: {
          ...ports.commands,
          specs: { ...ports.commands.specs, getMember: () => Promise.reject(new Error('internal detail')) },
        },
      }),
    })
    const text = textOf(await client.command('U0YOU', 'status'))
    expect([text, lines, world.trail]).toEqual([expect.stringContaining('on our side'), ['error slack.failed'], []])
    expect(text).not.toContain('detail')
    expect(text).toMatch(/tell an admin: request-\d+\./)
  })

  test('before anything is known, Slack gets an error, and nothing is done', async () => {
    const { client, world } = await slackStage({
      alter: (ports) => ({ ...ports, records: { ...ports.records, claim: () => Promise.reject(new Error('away')) } }),
    })
    expect(await client.command('U0YOU', 'restart ada')).toEqual({ status: 500, body: '' })
    expect(world.trail).toEqual([])
  })
})
