/** Folders and files of one machine that its gateway is told about. */
export type GatewayFolders = {
  readonly home: string
  readonly state: string
  readonly configuration: string
  readonly compileCache: string
  readonly temporary: string
}

/** What a gateway may inherit: how to find programs and the outside world, and nothing of whoever started it. */
export const INHERITED = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const

/** A gateway's environment. It holds no secret: its token is a file. https://docs.openclaw.ai/gateway/embedding */
export function gatewayEnvironment(
  folders: GatewayFolders,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = INHERITED.flatMap((name): [string, string][] => {
    const value = inherited[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...Object.fromEntries(kept),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    OPENCLAW_STATE_DIR: folders.state,
    OPENCLAW_CONFIG_PATH: folders.configuration,
    // The shared default belongs to whichever user runs first; everybody else would silently go without.
    NODE_COMPILE_CACHE: folders.compileCache,
    OPENCLAW_DISABLE_BONJOUR: '1',
    OPENCLAW_NO_RESPAWN: '1',
    OPENCLAW_SUPERVISOR_MODE: 'external',
    OPENCLAW_SERVICE_REPAIR_POLICY: 'external',
  }
}
