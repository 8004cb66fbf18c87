import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../shared/gcp/clock.ts'
import { lazily } from '../shared/gcp/lazily.ts'
import type { Caller } from '../shared/ports/people.ts'
import type { Log } from '../shared/ports/log.ts'
import type { Notifier } from '../shared/ports/slack.ts'
import type { NotifyPorts } from '../shared/slack/ports.ts'
import type { Environment } from './environment.ts'
import type { SlackFunction } from './slack.ts'
import { commandPorts } from './wiring-people.ts'
import type { Clients } from './wiring.ts'

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What a secret's file holds. https://cloud.google.com/run/docs/configuring/services/secrets#mounting-secrets */
async function secretIn(name: 'AP_SLACK_SECRET_FILE' | 'AP_SLACK_TOKEN_FILE', env: Environment): Promise<string> {
  const path = env[name]
  if (path === undefined) throw new Error(`The environment variable ${name} is missing. Set it and start again.`)
  return (await readFile(path, 'utf8')).trim()
}

/** What answers Slack. It holds the signing secret, and not the bot's token. Undefined where there is no Slack. */
export async function slackFunction(env: Environment, clients: Clients, log: Log): Promise<SlackFunction | undefined> {
  const { AP_SLACK_TEAMS: teams, AP_SLACK_APP: app, AP_SLACK_LINK_URL: linkUrl, AP_SLACK_API_URL: apiUrl } = env
  if (teams === undefined) return undefined
  const [{ slackHandler }, { firestoreSlack }, { slackResponder }] = await Promise.all([
    import('../shared/slack/handle.ts'),
    import('../shared/gcp/firestore-slack.ts'),
    import('../shared/slack-api/responder.ts'),
  ])
  const handle = slackHandler({
    settings: { teams, app, linkUrl },
    records: firestoreSlack(await clients.firestore(), systemClock),
    notifier: await notifierOf(env, clients, log),
    responder: apiUrl === undefined ? slackResponder() : slackResponder(new URL(apiUrl).origin),
    commands: { ...(await commandPorts(env, 'slack', clients, log)), authenticate: nobody },
    callerOf: await callersOf(env),
    after: (ms) => setTimeout(ms, undefined, { ref: false }),
    hash,
  })
  return { signingSecret: await secretIn('AP_SLACK_SECRET_FILE', env), handle, clock: systemClock, log }
}

const nobody = async () => ({ is: 'anonymous', message: 'People of Slack are known by their links.' }) as const

const named = (email: string): Caller => ({ actor: email, owns: (owner) => owner === email })

/** Of a local plane, one person is admin of all; whoever else is linked, there or elsewhere, is who their address says. */
export async function callersOf(env: Environment): Promise<(email: string) => Caller> {
  if (env.AP_MODE === 'deployed') return named
  const { LOCAL } = await import('../shared/commands/authenticate.ts')
  return (email) => (email === LOCAL.actor ? LOCAL : named(email))
}

/** Deployed, the holder of the token is another function with another account; on one computer it is in this process. */
async function notifierOf(env: Environment, clients: Clients, log: Log): Promise<Notifier> {
  if (env.AP_MODE === 'local') {
    const ports = lazily(async () => slackNotifyPorts(env, clients, log))
    return {
      run: async (errand) => {
        const [{ runErrand }, own] = await Promise.all([import('../shared/slack/notify.ts'), ports()])
        if (own !== undefined) await runErrand(errand, own)
      },
    }
  }
  const [{ httpNotifier }, { identityOf }] = await Promise.all([
    import('../shared/slack-api/notifier.ts'),
    import('../shared/gcp/auth.ts'),
  ])
  const url = `${env.AP_FUNCTIONS_URL}/slackNotify`
  return httpNotifier({ url, authorization: identityOf(url), newId: randomUUID })
}

/** What the holder of the bot's token works with. Undefined where there is no Slack. */
export async function slackNotifyPorts(env: Environment, clients: Clients, log: Log): Promise<NotifyPorts | undefined> {
  const { AP_SLACK_TEAMS: teams } = env
  if (teams === undefined) return undefined
  const [{ firestoreSlack }, { firestoreSpecs }] = await Promise.all([
    import('../shared/gcp/firestore-slack.ts'),
    import('../shared/gcp/firestore-specs.ts'),
  ])
  const database = await clients.firestore()
  return {
    records: firestoreSlack(database, systemClock),
    teams,
    slack: lazily(async () => {
      const { slackWebApi } = await import('../shared/slack-api/web-api.ts')
      return slackWebApi({ token: await secretIn('AP_SLACK_TOKEN_FILE', env), apiUrl: env.AP_SLACK_API_URL })
    }),
    statuses: firestoreSpecs(database, systemClock, log),
    clock: systemClock,
    sleep: (ms) => setTimeout(ms),
    hash,
  }
}
