import { expect, test } from 'vitest'
import { faultOf } from '../../shared/lifecycle/fault.ts'

const isSo = (status: 'True' | 'False' | 'Unknown', reason: string) => ({ status, reason })

const GOOD = { ChannelsReady: isSo('True', 'NoChannels'), OwnerLogin: isSo('True', 'Allowed') }

test.each([
  ['nothing', {}, undefined],
  ['what is well and says so', { ...GOOD, Alive: isSo('True', 'Heartbeat') }, undefined],
  ['what nobody knows', { ...GOOD, Alive: isSo('Unknown', 'Unread') }, undefined],
  ['what is not alive', { ...GOOD, Alive: isSo('False', 'Silent') }, 'Silent'],
  ['a spec that is refused', { ...GOOD, SpecRejected: isSo('True', 'Fixed') }, 'Fixed'],
  ['two', { Alive: isSo('False', 'Silent'), SpecInvalid: isSo('True', 'Unknown') }, 'Unknown'],
])('of %s the gravest fault is given', (_, conditions, reason) => {
  expect(faultOf<{ status: 'True' | 'False' | 'Unknown'; reason: string }>(conditions)?.reason).toBe(reason)
})
