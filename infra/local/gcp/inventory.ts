import { isPublic } from './compute/images.ts'
import type { JsonObject } from './json.ts'
import type { World } from './world.ts'

/** Everything that exists and every operation that runs: nothing of it when all is cleaned up. Without any secret value. */
export function inventory({ store, operations }: World): JsonObject {
  return {
    resources: store
      .all()
      .filter(({ name, body }) => !isPublic(name) && body['goneAtMs'] === undefined)
      .map(({ collection, name, body, policy }): JsonObject => ({
        collection,
        name,
        ...(body['id'] !== undefined && { id: body['id'] }),
        ...(body['labels'] !== undefined && { labels: body['labels'] }),
        ...(body['status'] !== undefined && { status: body['status'] }),
        ...(body['rules'] !== undefined && { rules: body['rules'] }),
        ...(policy !== undefined && { bindings: policy.bindings.map(({ role, members }) => ({ role, members })) }),
      })),
    operations: operations.running().map((operation): JsonObject => ({ ...operation })),
  }
}
