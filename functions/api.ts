import type { WebHandler } from './http.ts'

/** HTTP: what people ask for, through the commands. */
export const api =
  (handler: () => Promise<WebHandler>): WebHandler =>
  async (request) =>
    (await handler())(request)
