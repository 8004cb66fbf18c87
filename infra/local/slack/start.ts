import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../shared/gcp/clock.ts'
import { firestoreSlack } from '../../../shared/gcp/firestore-slack.ts'
import { serveLoopback } from '../../../shared/process/serve.ts'
import type { Ground, Whereabouts } from '../plane-agents.ts'
import { onFreePort } from '../ports.ts'
import { slackClient } from './client.ts'
import { PEOPLE, WORKSPACE } from './people.ts'
import { slackSimulator } from './simulator.ts'
import { workspace } from './workspace.ts'

const PORT = 9700

/** The plane that the simulated workspace means. */
const PLANE = 'local'

/** Starts a simulated Slack for the plane `local`, with an app that is installed in it. */
export async function startSlack(where: Whereabouts, parts: AsyncDisposableStack): Promise<Ground> {
  const { state, functionsUrl } = where
  const [signingSecret, botToken] = [randomBytes(16).toString('hex'), `xoxb-${randomBytes(16).toString('hex')}`]
  const files = { secret: join(state.folder, 'slack-signing-secret'), token: join(state.folder, 'slack-bot-token') }
  await Promise.all([
    writeFile(files.secret, signingSecret, { mode: 0o600 }),
    writeFile(files.token, botToken, { mode: 0o600 }),
    linkPeople(where),
  ])
  const office = workspace(PEOPLE, systemClock)
  const planeToken = await state.token()
  const { server, ownUrl } = await onFreePort(PORT, async (port) => {
    const ownUrl = `http://127.0.0.1:${port}`
    const client = slackClient({ workspace: office, signingSecret, functionUrl: `${functionsUrl}/slack`, ownUrl })
    const simulator = slackSimulator({ workspace: office, botToken, planeToken, client })
    return { server: await serveLoopback(simulator, port), ownUrl }
  })
  parts.defer(() => server.close())
  return {
    environment: {
      AP_SLACK_TEAMS: `${WORKSPACE.team}=${PLANE}`,
      AP_SLACK_APP: WORKSPACE.app,
      AP_SLACK_SECRET_FILE: files.secret,
      AP_SLACK_TOKEN_FILE: files.token,
      AP_SLACK_API_URL: `${ownUrl}/api/`,
    },
    urls: { 'slack simulator': ownUrl },
  }
}

/** Those of the workspace who are linked from the beginning. */
async function linkPeople({ project }: Whereabouts): Promise<void> {
  const { Firestore } = await import('@google-cloud/firestore')
  const firestore = new Firestore({ projectId: project })
  try {
    const records = firestoreSlack(firestore, systemClock)
    for (const { id: user, email } of PEOPLE)
      if (email !== undefined) await records.putLink({ team: WORKSPACE.team, user }, email)
  } finally {
    await firestore.terminate()
  }
}
