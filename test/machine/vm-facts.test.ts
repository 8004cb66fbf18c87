import { expect, test } from 'vitest'
import { parseConfiguration } from '../../infra/machine/vm/configuration.ts'
import { parseFacts } from '../../infra/machine/vm/facts.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'

const PROJECT = 'acme-agents'
const configuration = JSON.stringify(
  machineConfiguration({ channels: [], thinkingClock: { every: '30m', prompt: 'think' } }),
)
const attributes = {
  'startup-script': '#!/bin/bash',
  'ap-plane': 'aaaaaaaaaa',
  'ap-agent-uid': 'bbbbbbbbb2',
  'ap-heartbeat-url': 'https://us-east4-acme.cloudfunctions.net/heartbeat',
  'ap-openclaw-version': '2026.9.6',
  'ap-restart': '0',
  'ap-configuration': configuration,
}

test('metadata that is in order says whose the machine is', () => {
  expect(parseFacts(PROJECT, attributes)).toEqual({
    project: PROJECT,
    planeUid: 'aaaaaaaaaa',
    uid: 'bbbbbbbbb2',
    heartbeatUrl: 'https://us-east4-acme.cloudfunctions.net/heartbeat',
    openclawVersion: '2026.9.6',
  })
})

test.each(['https://heartbeat-abc123-uk.a.run.app', 'https://127.0.0.1:8443/heartbeat', 'https://a.example/x/y-z_.~/'])(
  '%s is an address for heartbeats',
  (url) => {
    expect(parseFacts(PROJECT, { ...attributes, 'ap-heartbeat-url': url }).heartbeatUrl).toBe(url)
  },
)

const CANARY = 'canary'
const HOSTILE = [`"; rm -rf /${CANARY}`, `$(touch ${CANARY})`, `../../${CANARY}`, `${CANARY}\n`, '', '😀'.repeat(100)]

test.each(
  Object.keys(attributes)
    .filter((key) => key.startsWith('ap-'))
    .flatMap((key) => [...HOSTILE, undefined].map((value): [string, string | undefined] => [key, value])),
)('%s as %j is refused by its name, and its value is not repeated', (key, value) => {
  const parse = (): unknown => parseFacts(PROJECT, { ...attributes, [key]: value })
  expect(parse).toThrow(key)
  expect(parse).not.toThrow(CANARY)
})

test.each([
  ['ap-plane', 'AAAAAAAAAA'],
  ['ap-plane', 'aaaaaaaaa1'],
  ['ap-agent-uid', 'bbbbbbbbbbb'],
  ['ap-agent-uid', 'bbbbbbbbbb\n'],
  ['ap-heartbeat-url', 'http://plain.example/heartbeat'],
  ['ap-heartbeat-url', 'https://user@host.example/heartbeat'],
  ['ap-heartbeat-url', 'https://host.example/heartbeat?to=elsewhere'],
  ['ap-heartbeat-url', 'https://host.example/heart beat'],
  ['ap-heartbeat-url', 'file:///etc/passwd'],
  ['ap-openclaw-version', 'latest'],
  ['ap-openclaw-version', '2026.9.6 --registry=http://evil.example'],
  ['ap-openclaw-version', '2025.1.1'],
  ['ap-restart', '-1'],
  ['ap-restart', '1e3'],
])('%s as %j is refused', (key, value) => {
  expect(() => parseFacts(PROJECT, { ...attributes, [key]: value })).toThrow(key)
})

test('a project id that is not one is refused', () => {
  expect(() => parseFacts('<html>', attributes)).toThrow('project id')
})

test('what the plane tells its machines is taken as it is', () => {
  expect(parseConfiguration(configuration)).toEqual(JSON.parse(configuration))
})

test.each([
  ['no JSON', 'ap-configuration: canary'],
  ['a list', '[1]'],
  ['too long', JSON.stringify({ generation: 'g', openclaw: { text: 'x'.repeat(262_144) } })],
  ['without a generation', '{"openclaw":{}}'],
  ['with a generation that is a path', '{"generation":"../g","openclaw":{}}'],
  ['without settings', '{"generation":"g"}'],
  ['with a list of settings', '{"generation":"g","openclaw":[]}'],
  ['with an unknown field', '{"generation":"g","openclaw":{},"canary":1}'],
  ['with a clock without a prompt', '{"generation":"g","openclaw":{},"thinkingClock":{"every":"30m"}}'],
  ['with a clock of another interval', '{"generation":"g","openclaw":{},"thinkingClock":{"every":"1s","prompt":"p"}}'],
])('a configuration %s is refused and not repeated', (_, text) => {
  expect(() => parseConfiguration(text)).toThrow('ap-configuration')
  expect(() => parseConfiguration(text)).not.toThrow('canary')
})
