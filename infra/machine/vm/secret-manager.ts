import { isObject, jsonObject } from './parsed.ts'

/** A secret's value, or why there is none. */
export type SecretAnswer = { readonly value: string; readonly version: string } | { readonly error: SecretError }

export type SecretError = 'NOT_FOUND' | 'FORBIDDEN' | 'UNAVAILABLE'

/** Reads one version of one secret; `version` is a number or `latest`. Never rejects. */
export type ReadSecret = (token: string, name: string, version: string) => Promise<SecretAnswer>

export const SECRET_MANAGER_URL = 'https://secretmanager.googleapis.com'

const TIMEOUT_MS = 6_000
/** A value is at most 64 KiB, which is 88 KB of base64. https://cloud.google.com/secret-manager/quotas */
const MAX_LENGTH = 96_000

/** Secret Manager over REST. https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access */
export const secretManager =
  (url: string, project: string): ReadSecret =>
  async (token, name, version) => {
    const address = `${url}/v1/projects/${project}/secrets/${name}/versions/${version}:access`
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal })
      if (!response.ok) return { error: errorOf(response.status) }
      return answerOf(await response.text())
    } catch {
      return { error: 'UNAVAILABLE' }
    }
  }

const errorOf = (status: number): SecretError => {
  if (status === 404) return 'NOT_FOUND'
  return status === 401 || status === 403 ? 'FORBIDDEN' : 'UNAVAILABLE'
}

function answerOf(text: string): SecretAnswer {
  const { name, payload } = (text.length <= MAX_LENGTH ? jsonObject(text) : undefined) ?? {}
  const data = isObject(payload) ? payload['data'] : undefined
  if (typeof data !== 'string' || typeof name !== 'string') return { error: 'UNAVAILABLE' }
  return { value: Buffer.from(data, 'base64').toString('utf8'), version: name.split('/').at(-1) ?? '' }
}
