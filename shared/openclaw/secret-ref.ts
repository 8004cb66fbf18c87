/** The alias under which OpenClaw finds an agent's own secrets. */
export const SECRET_PROVIDER = 'agent'

/** The alias under which OpenClaw finds the gateway's own token. */
export const TOKEN_PROVIDER = 'machine'

/** Names a secret in OpenClaw's configuration; the machine's resolver finds the value. */
export const secretRef = (
  key: string,
): { readonly source: 'exec'; readonly provider: typeof SECRET_PROVIDER; readonly id: string } => ({
  source: 'exec',
  provider: SECRET_PROVIDER,
  id: key,
})
