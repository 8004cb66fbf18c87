import type { Domain } from 'node:domain'

/**
 * A handler that leaves the domain which the framework opens for each request: its hooks run for every promise, and took
 * a third of a request's time. Handlers are asynchronous, so what they throw reaches the framework as a rejection.
 * https://nodejs.org/docs/latest-v24.x/api/domain.html
 */
export const outsideDomain =
  <Given extends unknown[], Result>(
    handler: (...given: Given) => Promise<Result>,
  ): ((...given: Given) => Promise<Result>) =>
  (...given) => {
    const { domain } = process as { readonly domain?: Domain | null }
    domain?.exit()
    return handler(...given)
  }
