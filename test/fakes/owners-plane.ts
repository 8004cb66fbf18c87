import { apiClient } from '../../shared/api/client.ts'
import { router } from '../../shared/commands/router.ts'
import type { Place } from '../../shared/documents/names.ts'
import { googleOwnerAccess, googleVault } from '../../shared/gcp/people.ts'
import type { Vault } from '../../shared/ports/people.ts'
import { ADA, TOKEN, commandWorld, engineWrites } from './commands.ts'
import type { CommandWorld } from './commands.ts'

/** A plane on Google Cloud as the owner of its agent `ada` signs in to it: she has no role there. */
export type OwnersPlane = {
  readonly world: CommandWorld
  readonly handle: (request: Request) => Promise<Response>
  /** Where things of `ada` are. */
  readonly place: Place
  /** What her spec says. */
  readonly spec: () => Promise<object & { readonly secrets?: readonly string[]; readonly model?: unknown }>
  /** All that is kept or told of what was done. */
  readonly kept: () => string
}

const AT = { project: 'demo-project', region: 'europe-west1', zone: 'europe-west1-b' } as const

/** One with `ada` in it. */
export async function ownersPlane(vault: Vault = googleVault): Promise<OwnersPlane> {
  const world = commandWorld()
  const ports = { ...world.ports, backends: ['vm'] as const, vault, access: googleOwnerAccess }
  const admin = apiClient({ url: 'http://127.0.0.1', token: TOKEN, fetch: router(ports) })
  await admin.createPlane({ name: 'local', project: AT.project, region: AT.region, backend: 'vm' })
  await admin.addAgent(ADA)
  const { uid, planeUid } = await engineWrites(world, 'ada', { pinned: { owner: ADA.owner, backend: 'vm', ...AT } })
  const caller = { actor: ADA.owner, owns: (owner: string) => owner === ADA.owner }
  return {
    world,
    handle: router({ ...ports, authenticate: async () => ({ is: 'caller', caller }) }),
    place: { ...AT, uid, planeUid },
    spec: async () => {
      const parsed = (await world.specs.getAgent('local', 'ada'))?.parsed
      return parsed?.ok === true ? parsed.spec : {}
    },
    kept: () => JSON.stringify([[...world.vault], world.trail, world.logged, [...world.stored]]),
  }
}
