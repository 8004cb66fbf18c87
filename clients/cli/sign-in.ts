import { randomBytes } from 'node:crypto'
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library'
import type { Credentials } from 'google-auth-library'
import { formatDuration } from './duration.ts'
import { CliError, EXIT, cancelled } from './exit.ts'
import type { DesktopClient } from './oauth-client.ts'
import { listenForRedirect } from './redirect.ts'
import type { Redirect } from './redirect.ts'

const REQUEST_MS = 10_000

/** What signing in gives: who it was, and what gets more of that later. */
export type Tokens = { readonly idToken: string; readonly refreshToken: string }

/** What ends asking for tokens, and what a person is told to do when there are none. */
type Asking = { readonly signal: AbortSignal; readonly again: string }

/** How a person is led to the page where they sign in, and how long they may take. */
export type Leading = Asking & { readonly show: (address: string) => void; readonly timeoutMs: number }

/**
 * Has a person sign in with their browser, which comes back to this machine. The code it brings is of use to this process
 * alone (PKCE). @throws CliError
 */
export async function signIn(client: DesktopClient, { show, ...patience }: Leading): Promise<Tokens> {
  const oauth = oauthOf(client, patience.signal)
  const state = randomBytes(32).toString('base64url')
  const [{ codeVerifier, codeChallenge = '' }, redirect] = await Promise.all([
    oauth.generateCodeVerifierAsync(),
    listenForRedirect(state),
  ])
  try {
    const asked = {
      redirect_uri: redirect.url,
      scope: ['openid', 'email'],
      state,
      access_type: 'offline',
      // Without being asked again, who signed in before is given no refresh token.
      prompt: 'consent',
      code_challenge: codeChallenge,
      code_challenge_method: CodeChallengeMethod.S256,
    }
    show(oauth.generateAuthUrl(asked))
    const code = codeOf(await answerOf(redirect, patience), patience)
    const { tokens } = await asking(client, patience, () =>
      oauth.getToken({ code, codeVerifier, redirect_uri: redirect.url }),
    )
    return complete(tokens, client)
  } finally {
    redirect.close()
  }
}

/** A new identity token for who signed in earlier. Undefined when that sign-in has ended. @throws CliError */
export async function freshToken(
  client: DesktopClient,
  refreshToken: string,
  patience: Asking,
): Promise<string | undefined> {
  const oauth = oauthOf(client, patience.signal)
  oauth.setCredentials({ refresh_token: refreshToken })
  try {
    const { credentials } = await asking(client, patience, () => oauth.refreshAccessToken())
    return complete(credentials, client).idToken
  } catch (error) {
    if (error instanceof CliError && isEnded(error.cause)) return undefined
    throw error
  }
}

const oauthOf = ({ id, secret, authUrl, tokenUrl }: DesktopClient, signal: AbortSignal): OAuth2Client =>
  new OAuth2Client({
    clientId: id,
    ...(secret !== undefined && { clientSecret: secret }),
    endpoints: { oauth2AuthBaseUrl: authUrl, oauth2TokenUrl: tokenUrl },
    // Its own fetch ends the process when a request is aborted before it is sent.
    transporterOptions: { timeout: REQUEST_MS, signal, fetchImplementation: fetch },
  })

const answerOf = (
  { answer }: Redirect,
  { signal, timeoutMs, again }: Omit<Leading, 'show'>,
): Promise<URLSearchParams> =>
  Promise.race([
    answer,
    refusedBy(signal, () => cancelled()),
    refusedBy(AbortSignal.timeout(timeoutMs), () => tooLate(timeoutMs, again)),
  ])

const refusedBy = (signal: AbortSignal, why: () => CliError): Promise<never> =>
  new Promise((_, reject) => {
    const refuse = (): void => reject(why())
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })

const tooLate = (timeoutMs: number, again: string): CliError =>
  new CliError(EXIT.signInNeeded, `Nobody signed in within ${formatDuration(timeoutMs)}.`, again)

function codeOf(answer: URLSearchParams, { again }: Asking): string {
  const code = answer.get('code')
  if (code !== null) return code
  const why = answer.get('error') ?? 'no reason was given'
  throw new CliError(EXIT.signInNeeded, `Sign-in was refused: ${why}.`, again)
}

/** Asks the authorization server for tokens. @throws CliError whose cause is the answer */
async function asking<T>({ tokenUrl }: DesktopClient, { again }: Asking, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    const { host } = new URL(tokenUrl)
    const { error } = refusalOf(cause)
    const message =
      error === undefined ? `Could not reach ${host} to sign in.` : `${host} refused the sign-in: ${error}.`
    throw new CliError(error === undefined ? EXIT.failure : EXIT.signInNeeded, message, again, { cause })
  }
}

/** https://datatracker.ietf.org/doc/html/rfc6749#section-5.2 */
const refusalOf = (error: unknown): { readonly error?: string } =>
  (error as { readonly response?: { readonly data?: { readonly error?: string } } }).response?.data ?? {}

const isEnded = (cause: unknown): boolean => refusalOf(cause).error === 'invalid_grant'

function complete(
  { id_token: idToken, refresh_token: refreshToken }: Credentials,
  { tokenUrl }: DesktopClient,
): Tokens {
  if (idToken && refreshToken) return { idToken, refreshToken }
  const message = `${new URL(tokenUrl).host} gave no identity or no refresh token.`
  throw new CliError(EXIT.failure, message, 'Is the OAuth client one for desktops? Ask who runs the installation.')
}
