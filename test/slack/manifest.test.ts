import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { EXIT } from '../../clients/cli/exit.ts'
import { linkSlack, manifest } from '../../clients/cli/verbs/slack.ts'
import { createAppLink, slackManifest } from '../../shared/slack/manifest.ts'
import { fakeTerminal } from '../fakes/terminal.ts'
import { commandWorld } from '../fakes/commands.ts'
import type { Watching } from '../../clients/cli/runtime.ts'

const FILE = new URL('../../infra/slack/manifest.json', import.meta.url)
const URL_IN_FILE = 'https://REGION-PROJECT.cloudfunctions.net/slack'

test('the manifest in the repository is the one that is used', async () => {
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(slackManifest(URL_IN_FILE))
})

test('the app asks for no more than it uses, and within what Slack accepts', () => {
  const { display_information: shown, features, oauth_config: oauth } = slackManifest('https://x.example/slack')
  expect(oauth.scopes.bot).toEqual(['commands', 'chat:write', 'im:write', 'users:read'])
  expect([shown.name.length <= 35, shown.description.length <= 140]).toEqual([true, true])
  const [command] = features.slash_commands
  expect([command?.should_escape, (command?.usage_hint.length ?? 0) <= 1000]).toEqual([true, true])
})

test('the link carries the manifest whole', () => {
  const link = new URL(createAppLink('https://x.example/slack'))
  expect([link.origin + link.pathname, link.searchParams.get('new_app')]).toEqual(['https://api.slack.com/apps', '1'])
  expect(JSON.parse(link.searchParams.get('manifest_json') ?? '')).toEqual(slackManifest('https://x.example/slack'))
})

test('planes slack manifest prints the link, and nothing else, on standard output', () => {
  const terminal = fakeTerminal()
  expect(manifest({ json: false, url: 'https://x.example/slack' }, terminal)).toBe(EXIT.ok)
  expect(terminal.stdout.join('')).toBe(createAppLink('https://x.example/slack'))
})

const CODE = 'a'.repeat(64)

/** What was asked of an API that knows one code. */
function linking(options: Parameters<typeof fakeTerminal>[0]) {
  const asked: unknown[] = []
  const terminal = fakeTerminal(options)
  const world = commandWorld()
  const api: Watching['api'] = {
    ...world.api,
    linkSlack: async (input) => {
      asked.push(input)
      return { team: 'T1', user: 'U1', actor: 'ada@example.com', linked: input.dryRun !== true }
    },
  }
  const runtime: Watching = {
    api,
    terminal,
    nowMs: () => 0,
    sleep: async () => undefined,
    signal: new AbortController().signal,
  }
  const run = (yes: boolean) => linkSlack({ json: false, code: CODE, yes }, runtime)
  return { asked, terminal, run }
}

test('planes slack link shows whose code it is, and links nobody who does not say yes', async () => {
  const { asked, terminal, run } = linking({ answer: 'no' })
  await expect(run(false)).rejects.toMatchObject({ message: 'Nothing was linked.' })
  expect(terminal.stderr.join()).toContain('Slack user U1 of workspace T1 and ada@example.com become the same person')
  expect(asked).toEqual([{ code: CODE, dryRun: true }])
})

test('planes slack link links who says yes', async () => {
  const { asked, terminal, run } = linking({ answer: 'yes' })
  expect(await run(false)).toBe(EXIT.ok)
  expect(asked).toEqual([{ code: CODE, dryRun: true }, { code: CODE }])
  expect(terminal.stdout.join()).toContain('are the same person')
})

test('planes slack link wants --yes where nobody can be asked', async () => {
  await expect(linking({}).run(false)).rejects.toMatchObject({ suggestion: 'Add --yes if they are.' })
})
