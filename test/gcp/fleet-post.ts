import type { Published } from './life-ports.ts'

/** What becomes of one message: nobody gets it, two get it at once, or it comes when it is released. */
export type MessageFate = 'lost' | 'doubled' | 'late'

/** Messages of lives, of which some go astray. */
export type Post = {
  /** The topics on which each has been sent something since its messages were last asked for. */
  readonly topicsOf: (uid: string) => readonly string[]
  /** How many went astray. */
  readonly strayed: () => number
  /** The next message of this topic meets this fate. */
  readonly astray: (uid: string, topic: string, fate: MessageFate) => void
  /** Takes down a message, and says what becomes of it. */
  readonly meet: (message: Published) => MessageFate | undefined
}

/** Loses, doubles and delays messages as planned. */
export function post(): Post {
  const topics = new Map<string, Set<string>>()
  const planned = new Map<string, MessageFate>()
  let strayed = 0
  return {
    topicsOf: (uid) => {
      const sent = [...(topics.get(uid) ?? [])]
      topics.delete(uid)
      return sent
    },
    strayed: () => strayed,
    astray: (uid, topic, fate) => void planned.set(`${uid} ${topic}`, fate),
    meet: (message) => {
      const uid = uidIn(message)
      topics.set(uid, (topics.get(uid) ?? new Set()).add(message.topic))
      const key = `${uid} ${message.topic}`
      const fate = planned.get(key)
      planned.delete(key)
      if (fate !== undefined) strayed += 1
      return fate
    },
  }
}

/** Whom a message is about. */
export function uidIn({ json }: Published): string {
  const { ref } = json as { readonly ref?: { readonly uid: string } }
  return ref?.uid ?? ''
}
