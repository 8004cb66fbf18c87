import * as original from 'google-gax'

const { fallback } = original
const { protobuf } = fallback

type Descriptions = Parameters<typeof protobuf.Root.fromJSON>[0]
type Root = InstanceType<typeof protobuf.Root>

const read = new WeakMap<Descriptions, Root>()

/** The types that a package describes, read once. */
function rootOf(descriptions: Descriptions): Root {
  const known = read.get(descriptions) ?? protobuf.Root.fromJSON(descriptions)
  read.set(descriptions, known)
  return known
}

class ReadOnce extends protobuf.Root {
  static override fromJSON = rootOf
}

class Grpc extends fallback.GrpcClient {
  override loadProtoJSON = rootOf
}

/**
 * What Google's clients are built on, save that a package's types are read once. As they are, each client of Compute
 * Engine reads all of them anew for every answer that is a refusal, also for "there is no such machine", which keeps a
 * processor for most of a second: `Root.fromJSON` in
 * https://github.com/googleapis/google-cloud-node/blob/main/packages/google-cloud-compute/src/v1/instances_client.ts
 */
export const gax: typeof original = {
  ...original,
  fallback: { ...fallback, protobuf: { ...protobuf, Root: ReadOnce }, GrpcClient: Grpc },
}
