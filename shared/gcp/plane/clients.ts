import { connected } from '../google.ts'
import type { Google } from '../google.ts'

/** Compute Engine's clients for what a plane's network consists of. */
export type Clients = Awaited<ReturnType<typeof planeClients>>

/** Loads them: by their deep paths, because the package's front door loads every client there is. */
export async function planeClients(google: Google) {
  const { NetworksClient } = await import('@google-cloud/compute/build/src/v1/networks_client.js')
  const { SubnetworksClient } = await import('@google-cloud/compute/build/src/v1/subnetworks_client.js')
  const { RoutersClient } = await import('@google-cloud/compute/build/src/v1/routers_client.js')
  const { NetworkFirewallPoliciesClient } =
    await import('@google-cloud/compute/build/src/v1/network_firewall_policies_client.js')
  const { ResourcePoliciesClient } = await import('@google-cloud/compute/build/src/v1/resource_policies_client.js')
  return {
    networks: await connected(NetworksClient, google),
    subnetworks: await connected(SubnetworksClient, google),
    routers: await connected(RoutersClient, google),
    policies: await connected(NetworkFirewallPoliciesClient, google),
    schedules: await connected(ResourcePoliciesClient, google),
  }
}
