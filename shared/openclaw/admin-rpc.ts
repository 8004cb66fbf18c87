/** Calls one method of a gateway over its administration plugin; full operator rights, loopback only. */
export type AdminRpc = (method: string, params?: unknown) => Promise<unknown>

/** The gateway refused, or did not answer in time. */
class AdminRpcError extends Error {
  override readonly name = 'AdminRpcError'
}

const TIMEOUT_MS = 10_000

/** A client of `admin-http-rpc`. https://docs.openclaw.ai/plugins/admin-http-rpc @throws AdminRpcError */
export function adminRpc(gatewayUrl: string, token: () => Promise<string>): AdminRpc {
  const url = new URL('/api/v1/admin/rpc', gatewayUrl)
  return async function call(method, params = {}) {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ method, params })
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
      .then((response) => response.json() as Promise<Answer>)
      .catch((error: unknown) => {
        throw new AdminRpcError(`the gateway did not answer ${method}`, { cause: error })
      })
    if (answer.ok !== true) throw new AdminRpcError(`${method}: ${answer.error?.message ?? 'refused'}`)
    return answer.payload
  }
}

type Answer = { readonly ok?: boolean; readonly payload?: unknown; readonly error?: { readonly message?: string } }
