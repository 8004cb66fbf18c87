import { Firestore } from '@google-cloud/firestore'
import { startPeople, tokenOf } from '../../infra/local/people.ts'
import { PLANE } from './settled.ts'

/** People who may see the plane of settled agents. */
export type Callers = {
  /** What an API knows them by. */
  readonly environment: Readonly<Record<string, string>>
  /** Each one's own. */
  readonly tokens: readonly string[]
}

type Ground = { readonly project: string; readonly folder: string }

/** Makes so many members of the plane, whom the local plane's issuer signs in. `parts` ends what publishes its keys. */
export async function openCallers(
  count: number,
  { project, folder }: Ground,
  parts: AsyncDisposableStack,
): Promise<Callers> {
  const { environment } = await startPeople({ folder }, parts)
  const emails = Array.from({ length: count }, (_, n) => `person-${n}@example.com`)
  const firestore = new Firestore({ projectId: project })
  const batch = firestore.batch()
  for (const email of emails) batch.set(firestore.doc(`planes/${PLANE.plane}/members/${email}`), { role: 'viewer' })
  await batch.commit()
  await firestore.terminate()
  const tokens = await Promise.all(emails.map((email) => tokenOf(email, folder, Date.now())))
  return { environment, tokens }
}
