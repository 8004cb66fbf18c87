import { expect, test } from 'vitest'
import { names } from '../../shared/documents/names.ts'
import { PLACE, stand } from './stand.ts'

const put = (at: ReturnType<typeof stand>, key: string, hasValue: boolean): void =>
  void at.cloud.secrets.set(names.secret(PLACE, key), {
    uid: PLACE.uid,
    key,
    madeMs: 0,
    reader: '',
    writer: '',
    hasValue,
    ours: true,
    labels: {},
  })

test.each<[string, readonly string[], readonly string[], string, string | undefined]>([
  ['no channel', [], [], 'NoChannels', undefined],
  ['telegram and its token', ['telegram'], ['telegram-bot-token'], 'Configured', undefined],
  ['telegram', ['telegram'], [], 'OwnerMustAct', 'telegram needs the secret telegram-bot-token'],
  [
    'slack and one of its tokens',
    ['slack'],
    ['slack-bot-token'],
    'OwnerMustAct',
    'slack needs the secret slack-app-token',
  ],
  ['signal', ['signal'], [], 'OwnerMustAct', 'signal has to be paired by its owner'],
])(
  'with %s, channels never stand in the way, and say what their owner can do',
  async (_, kinds, values, reason, message) => {
    const at = stand()
    put(at, 'telegram-bot-token', false)
    for (const key of values) put(at, key, true)
    const outcome = await at.tryStep('channels', { spec: { channels: kinds.map((kind) => ({ kind })) } })
    expect(outcome).toMatchObject({
      is: 'ready',
      conditions: { ChannelsReady: { reason, ...(message && { message }) } },
    })
  },
)

test('there is nothing of them to take away', async () => {
  expect(await stand().tryStep('channels', {}, 'gone')).toEqual({ is: 'removed', retained: [] })
})
