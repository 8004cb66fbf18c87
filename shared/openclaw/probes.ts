/** What a gateway's own probes say. `reachable: false` is no answer at all. */
export type Readiness = { readonly reachable: boolean; readonly ready: boolean; readonly failing: readonly string[] }

export type Startup = { readonly version?: string; readonly uptimeMs?: number }

const TIMEOUT_MS = 5_000

/** Asks `/readyz`, which answers 503 with what is failing while it is not ready. */
export async function readReadiness(gatewayUrl: string): Promise<Readiness> {
  const body = await readJson(new URL('/readyz', gatewayUrl))
  if (body === undefined) return { reachable: false, ready: false, failing: [] }
  const failing = Array.isArray(body['failing']) ? body['failing'].filter((name) => typeof name === 'string') : []
  return { reachable: true, ready: body['ready'] === true, failing }
}

/** Asks `/startupz` which release runs, and since when. */
export async function readStartup(gatewayUrl: string): Promise<Startup> {
  const body = await readJson(new URL('/startupz', gatewayUrl))
  const { version, uptimeMs } = body ?? {}
  return {
    ...(typeof version === 'string' && { version }),
    ...(typeof uptimeMs === 'number' && { uptimeMs }),
  }
}

async function readJson(url: URL): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return Object(await response.json()) as Record<string, unknown>
  } catch {
    return undefined
  }
}
