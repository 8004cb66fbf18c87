import { names } from '../documents/names.ts'
import type { Place } from '../documents/names.ts'
import type { OwnerAccess, OwnersVault } from '../ports/people.ts'

/** Where every machine's gateway listens, on its own loopback; and, through the tunnel, on the owner's. */
const GATEWAY_PORT = 18_789

const ssh = (place: Place, rest: string): string =>
  `gcloud compute ssh ${names.machine(place)} --project=${place.project} --zone=${place.zone} --tunnel-through-iap ${rest}`

/**
 * The way to an agent on Compute Engine: a tunnel that only its owner may open, made on the owner's computer.
 * https://cloud.google.com/compute/docs/connect/ssh-using-iap
 */
export const googleOwnerAccess: OwnerAccess = {
  show: async (place) => {
    const token = ssh(place, `--command='sudo -u openclaw gateway-token'`)
    return {
      url: `http://127.0.0.1:${GATEWAY_PORT}/`,
      commands: [ssh(place, `-- -N -L ${GATEWAY_PORT}:127.0.0.1:${GATEWAY_PORT}`), token],
      ask:
        `OPENCLAW_GATEWAY_URL=ws://127.0.0.1:${GATEWAY_PORT} OPENCLAW_GATEWAY_TOKEN="$(${token})" ` +
        'openclaw agent --agent main --message ping',
    }
  },
}

const addCommand = (place: Place, key: string): string =>
  `gcloud secrets versions add ${names.secret(place, key)} --project=${place.project} --data-file=-`

/** Values go from their owner straight to Secret Manager: only the owner may add one, and nothing of ours ever sees it. */
export const googleVault: OwnersVault = {
  takes: 'nothing',
  command: addCommand,
  placeOf: (place, key) => ({ project: place.project, secret: names.secret(place, key) }),
}

/** The same of a simulated cloud: a program that was told the place would send the value to the real one. */
export const simulatedVault: OwnersVault = { takes: 'nothing', command: addCommand }
