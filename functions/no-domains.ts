import domain from 'node:domain'
import { EventEmitter } from 'node:events'

/** As much of a domain as the framework uses. It catches nothing, and has no hooks. */
class NoDomain extends EventEmitter {
  override on(): this {
    return this
  }

  bind<T>(callback: T): T {
    return callback
  }

  /** The framework begins in the one tick that `ask` asks for, and looks for the current domain there. */
  run(ask: () => void): void {
    process.nextTick(makeCurrent, this)
    ask()
    process.nextTick(makeCurrent, null)
  }
}

const makeCurrent = (current: NoDomain | null): void => void Object.assign(process, { domain: current })

const none = new NoDomain()

/**
 * Keeps the framework from opening a domain for each request: from the first one on, hooks run for every promise of the
 * process, also of those who leave it, which took a fifth of an answer's time. Handlers are asynchronous, so what they
 * throw reaches the framework as a rejection.
 * https://nodejs.org/docs/latest-v24.x/api/domain.html
 */
export const openNoDomains = (): void => void Object.assign(domain, { create: () => none })
