import { Refusal } from './refusal.ts'

/** @param names the planes there are, as far as the caller may know */
export const noSuchPlane = (plane: string, names: readonly string[]): Refusal =>
  new Refusal(404, {
    code: 'NoSuchPlane',
    message: `There is no plane "${plane}".`,
    field: 'plane',
    suggestion:
      names.length > 0
        ? `There is: ${someOf(names)}.`
        : 'Create it: planes create --name NAME --project PROJECT --region REGION',
  })

/** @param names the agents there are in the plane */
export const noSuchAgent = (plane: string, name: string, names: readonly string[], uid?: string): Refusal =>
  new Refusal(404, {
    code: 'NoSuchAgent',
    message: `Plane "${plane}" has no agent "${name}"${uid === undefined ? '' : ` of uid ${uid}`}.`,
    field: uid === undefined ? 'name' : 'uid',
    suggestion: names.length > 0 ? `It has: ${someOf(names)}.` : 'It has none yet.',
  })

/** Ten names at most, and how many more there are. */
export const someOf = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
