import type { Heartbeat } from '../documents/heartbeat.ts'
import type { StepMessage } from '../documents/message.ts'

/** Messages between functions: at least once, in any order. */
export type Bus = {
  /** Asks for a look at these steps. Rejects when any of them could not be published. */
  publish(messages: readonly StepMessage[]): Promise<void>
  /** Hands a verified heartbeat to the sweep and, when it is the first of a boot or generation, to `runtime`. */
  publishHeartbeat(heartbeat: Heartbeat): Promise<void>
}

/** Heartbeats waiting for the sweep. */
export type HeartbeatInbox = {
  /**
   * Takes what is waiting, at most `limit`. What is not acknowledged comes again; a heartbeat that was acknowledged and not
   * booked is made up for by the machine's next.
   */
  drain(
    limit: number,
  ): Promise<{ readonly heartbeats: readonly Heartbeat[]; readonly acknowledge: () => Promise<void> }>
}

/** Messages for later. Cloud Tasks in production. */
export type Delays = {
  /**
   * Publishes `message` at `atMs`. A second call with the same `key` is the same request, so that any number of
   * deliveries of one wait set one timer. https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create
   */
  schedule(message: StepMessage, atMs: number, key: string): Promise<void>
}
