import { z } from 'zod'

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** What planes and agents may be called. The same grammar as OpenClaw's own tenant ids. */
export const Name = z
  .string()
  .regex(NAME, 'must be 1 to 40 lower-case letters, digits and inner dashes, e.g. "alice" or "acme-agents"')

/** A moment, as ISO 8601 text in UTC; Firestore's microseconds are kept. */
export const Moment = z.iso.datetime({
  error: ({ input }) => (input === undefined ? 'is missing' : 'must be a timestamp'),
})

const GROUP_PREFIX =
  /^(?:group|serviceaccount|domain|deleted|principal|principalset|allusers|allauthenticatedusers)(?::|$)/i

/** A single person, by e-mail address. Groups, service accounts and "everybody" are refused: an agent has one owner. */
export const Person = z
  .string()
  .max(254)
  .refine((text) => !GROUP_PREFIX.test(text), 'must be one person, not a group, a service account or everybody')
  .pipe(z.email('must be an e-mail address, e.g. "alice@acme.com"'))
  .refine((text) => !text.endsWith('.gserviceaccount.com'), 'must be one person, not a service account')
  .refine((text) => text === text.toLowerCase(), 'must be written in lower case')

const VALUE_PREFIX =
  /^(?:(?:sk|pk|rk|xox[a-z]|xapp|ghp|gho|glpat)-[a-z0-9-]*|(?:sk|pk|rk|ghp|gho|aiza|akia|ya29|eyj|bearer|key|token)-?[a-z0-9]*)\d[a-z0-9-]{7,}$/

/** The name of a secret. Something that looks like a key is refused: values never go into a document. */
export const SecretName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be a name of 1 to 40 lower-case letters, digits and dashes')
  .refine(
    (text) => !VALUE_PREFIX.test(text) && !text.split('-').some((part) => part.length > 20 && /\d/.test(part)),
    'looks like a secret value; give a name here, and the value to `planes secret set`',
  )

const LabelKey = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be a lower-case label key')
const LabelValue = z.string().regex(/^[a-z0-9_-]{0,63}$/, 'must be a lower-case label value')

/** Billing labels, within Google's rules. https://cloud.google.com/compute/docs/labeling-resources#requirements */
export const Labels = z
  .record(LabelKey, LabelValue)
  .refine((labels) => Object.keys(labels).length <= 20, 'must be at most 20 labels')
  .refine(
    (labels) => !Object.keys(labels).some((key) => /^(?:ap-|goog)/.test(key)),
    'must not use the prefixes ap- and goog',
  )

/** An OpenClaw release, e.g. `2026.9.6`. */
export const OpenClawVersion = z.string().regex(/^\d{4}\.\d{1,2}\.\d{1,3}$/, 'must be a release such as "2026.9.6"')

/** Where agents run. */
export const BackendName = z.enum(['vm', 'kubernetes', 'process'])
export type BackendName = z.infer<typeof BackendName>

/** A counter that a person raises to ask for something once more. */
export const Counter = z.int().min(0).max(1_000_000)
