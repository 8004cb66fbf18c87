/** Somebody of the simulated workspace. */
export type Somebody = {
  readonly id: string
  readonly name: string
  /** Whose account it is linked to from the beginning. */
  readonly email?: string
  readonly team?: string
  readonly isGuest?: true
  readonly isBot?: true
  readonly isDeleted?: true
}

/** The simulated workspace, and the app that is installed there. */
export const WORKSPACE = { team: 'T0LOCAL', app: 'A0LOCAL' } as const

/** Everybody that a request can come from: two who are linked, one who is not, and those who may not. */
export const PEOPLE: readonly Somebody[] = [
  { id: 'U0YOU', name: 'you (not linked yet)' },
  { id: 'U0ADA', name: 'ada', email: 'ada@example.com' },
  { id: 'U0BOB', name: 'bob', email: 'bob@example.com' },
  { id: 'U0GUEST', name: 'a guest', isGuest: true },
  { id: 'U0BOT', name: 'a bot', isBot: true },
  { id: 'U0GONE', name: 'somebody who left', isDeleted: true },
  { id: 'U0OTHER', name: 'somebody of another organisation', team: 'T0OTHER' },
]

/** https://docs.slack.dev/reference/objects/user-object */
export const userObject = ({ id, name, team, isGuest, isBot, isDeleted }: Somebody) => ({
  id,
  name,
  team_id: team ?? WORKSPACE.team,
  deleted: isDeleted === true,
  is_bot: isBot === true,
  is_restricted: isGuest === true,
  is_ultra_restricted: false,
  ...(team !== undefined && { is_stranger: true }),
})
