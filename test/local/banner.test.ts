import { expect, test } from 'vitest'
import { nextCommands } from '../../infra/local/banner.ts'

test('what is next names agents that are there, and one that is not', () => {
  expect(nextCommands('local', ['ada', 'bob'])).toEqual([
    'Next:       npx planes status --plane local',
    '            npx planes add-agent --plane local --name cleo --owner cleo@example.com --wait',
    '            npx planes logs --plane local --name ada --follow',
    '',
  ])
})

test('a plane without agents has no logs to follow', () => {
  expect(nextCommands('local', []).join()).not.toContain('logs')
})
