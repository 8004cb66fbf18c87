import type { BackendName } from '../documents/fields.ts'
import type { PriceList } from '../documents/prices.ts'

/** What agents of a backend cost; undefined where nobody sends a bill. */
export type Prices = (backend: BackendName) => PriceList | undefined
