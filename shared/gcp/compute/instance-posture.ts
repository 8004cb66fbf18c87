import type { Place } from '../../documents/names.ts'
import { names } from '../../documents/names.ts'
import { accountEmail } from '../service-accounts.ts'
import { CLOUD_PLATFORM, DATA_DEVICE, dataDiskPath, inZone, subnetworkPath } from './instance-body.ts'

type Maybe<T> = T | null | undefined

/** What an instance shows of how it was made, whether a client read it or a listing. */
export type Shown = {
  readonly networkInterfaces?: Maybe<
    readonly {
      readonly subnetwork?: Maybe<string>
      readonly accessConfigs?: Maybe<readonly unknown[]>
      readonly ipv6AccessConfigs?: Maybe<readonly unknown[]>
      readonly aliasIpRanges?: Maybe<readonly unknown[]>
    }[]
  >
  readonly serviceAccounts?: Maybe<
    readonly { readonly email?: Maybe<string>; readonly scopes?: Maybe<readonly string[]> }[]
  >
  readonly shieldedInstanceConfig?: Maybe<{
    readonly enableSecureBoot?: Maybe<boolean>
    readonly enableVtpm?: Maybe<boolean>
    readonly enableIntegrityMonitoring?: Maybe<boolean>
  }>
  readonly canIpForward?: Maybe<boolean>
  readonly disks?: Maybe<
    readonly { readonly boot?: Maybe<boolean>; readonly deviceName?: Maybe<string>; readonly source?: Maybe<string> }[]
  >
}

type Check = (shown: Shown, place: Place) => boolean

const none = (list: Maybe<readonly unknown[]>): boolean => (list ?? []).length === 0

const faces = ({ networkInterfaces }: Shown) => networkInterfaces ?? []

/** What holds of every machine as it is made, and in which words it does not. */
const CHECKS: readonly (readonly [deviation: string, holds: Check])[] = [
  [
    'it has an address outside its network',
    (shown) => faces(shown).every((face) => none(face.accessConfigs) && none(face.ipv6AccessConfigs)),
  ],
  [
    "it is not in its plane's network alone",
    (shown, place) =>
      faces(shown).length === 1 &&
      faces(shown).every((face) => face.subnetwork?.endsWith(subnetworkPath(place)) && none(face.aliasIpRanges)),
  ],
  ['it may forward packets', ({ canIpForward }) => canIpForward !== true],
  [
    'its boot is not measured',
    ({ shieldedInstanceConfig: shielded }) =>
      shielded?.enableSecureBoot === true &&
      shielded.enableVtpm === true &&
      shielded.enableIntegrityMonitoring === true,
  ],
  [
    "it does not run as its agent's account alone",
    ({ serviceAccounts }, place) =>
      serviceAccounts?.length === 1 && serviceAccounts.every(({ email }) => email === accountEmail(place)),
  ],
  [
    'the scopes of its account were changed',
    ({ serviceAccounts }) =>
      (serviceAccounts ?? []).every(({ scopes }) => scopes?.length === 1 && scopes[0] === CLOUD_PLATFORM),
  ],
  [
    'it has other disks than its own',
    ({ disks }, place) =>
      disks?.length === 2 &&
      disks.every((disk) => (disk.boot === true ? isBootDisk(disk, place) : isDataDisk(disk, place))),
  ],
]

type Attached = NonNullable<NonNullable<Shown['disks']>>[number]

/** It is made with the machine, and has its name. */
const isBootDisk = ({ source }: Attached, place: Place): boolean =>
  source?.endsWith(`${inZone(place)}/disks/${names.machine(place)}`) === true

const isDataDisk = ({ deviceName, source }: Attached, place: Place): boolean =>
  deviceName === DATA_DEVICE && source?.endsWith(dataDiskPath(place)) === true

/** In which ways a machine is not as it was made, in words. Whoever may change machines can open one so. */
export const deviationsOf = (shown: Shown, place: Place): readonly string[] =>
  CHECKS.flatMap(([deviation, holds]) => (holds(shown, place) ? [] : [deviation]))
