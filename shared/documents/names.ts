/** Where an agent's resources are, and whose. Every name is derived from it, so that a name can always be found again. */
export type Place = {
  readonly project: string
  readonly region: string
  readonly zone: string
  readonly planeUid: string
  readonly uid: string
}

/** Where a plane's own resources are. */
export type PlanePlace = Omit<Place, 'zone' | 'uid'>

const agent = ({ planeUid, uid }: Pick<Place, 'planeUid' | 'uid'>): string => `ap-${planeUid}-${uid}`

const plane = ({ planeUid }: Pick<PlanePlace, 'planeUid'>): string => `ap-${planeUid}`

/** Every cloud name is derived here. They hold uids only, never anything a person typed, save a secret's own name. */
export const names = {
  /** A service account id: 24 characters of at most 30. */
  account: agent,
  machine: agent,
  disk: (place: Place): string => `${agent(place)}-data`,
  secret: (place: Place, key: string): string => `${agent(place)}-${key}`,
  egressRule: agent,
  network: plane,
  subnetwork: plane,
  router: plane,
  nat: plane,
  firewallPolicy: plane,
  snapshotSchedule: plane,
} as const

const MACHINE = /^ap-([a-z2-7]{10})-([a-z2-7]{10})(?:@|$)/

/** The uids inside an account's e-mail address or name; undefined when it is none of ours. */
export function uidsOf(account: string): { planeUid: string; uid: string } | undefined {
  const [, planeUid, uid] = MACHINE.exec(account) ?? []
  return planeUid !== undefined && uid !== undefined ? { planeUid, uid } : undefined
}

/** The account that a deployed function runs as: `planes-on-agent-written@…` for `onAgentWritten`. */
export const functionAccount = (functionName: string, controlProject: string): string =>
  `planes-${functionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}@${controlProject}.iam.gserviceaccount.com`
