import type { VerbName } from './verbs.ts'

/** An agent, and the plane that a person means who names none. */
export type Meant = { readonly plane: string; readonly name: string; readonly home: string | undefined }

/** What somebody types to do something about an agent. */
export const typed = (verb: VerbName, { plane, name, home }: Meant): string =>
  `/planes ${verb} ${name}${inPlane(plane, home)}`

/** The option that names a plane, where it has to be named. */
export const inPlane = (plane: string, home: string | undefined): string => (plane === home ? '' : ` --plane ${plane}`)
