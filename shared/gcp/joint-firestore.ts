import { Firestore } from '@google-cloud/firestore'
import type { DocumentData, DocumentReference, DocumentSnapshot, ReadOptions } from '@google-cloud/firestore'
import { answered } from './errors.ts'
import { jointly } from './jointly.ts'

type Given = DocumentReference | ReadOptions
type Fields = NonNullable<ReadOptions['fieldMask']>
type Asked = { readonly docs: readonly DocumentReference[]; readonly fields: Fields | undefined }
type Answer = DocumentSnapshot[]

/** How many asks go into one request: few enough that Firestore has something to do while more are gathered. */
const MOST = 25

/**
 * The client of Firestore, which gets by one request what is asked for in one turn of the event loop: whole documents by one,
 * and by another those of which only some fields are wanted, with the fields that any of them wants. A request costs as much
 * time as all else of an answer to a person, and many ask at once. What is asked for together is answered by one request.
 */
export class JointFirestore extends Firestore {
  readonly #whole = jointly((all: readonly Asked[]) => this.#getEach(all), MOST)
  readonly #partly = jointly((all: readonly Asked[]) => this.#getEach(all, [{ fieldMask: union(all) }]), MOST)

  override getAll<App, Db extends DocumentData>(
    ...given: (DocumentReference<App, Db> | ReadOptions)[]
  ): Promise<DocumentSnapshot<App, Db>[]>
  override getAll(...given: Given[]): Promise<DocumentSnapshot[]> {
    const fields = given.findLast((one): one is ReadOptions => !isDocument(one))?.fieldMask
    const asked = { docs: given.filter(isDocument), fields }
    return fields === undefined ? this.#whole(asked) : this.#partly(asked)
  }

  async #getEach(all: readonly Asked[], options: readonly ReadOptions[] = []): Promise<readonly Answer[]> {
    const docs = all.flatMap((asked) => asked.docs)
    const snapshots = await answered('Firestore', super.getAll(...docs, ...options))
    let from = 0
    return all.map((asked) => snapshots.slice(from, (from += asked.docs.length)))
  }
}

const isDocument = (given: Given): given is DocumentReference => 'firestore' in given

const union = (all: readonly Asked[]): Fields => [...new Set(all.flatMap(({ fields = [] }) => fields))]
