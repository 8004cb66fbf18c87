import { names } from '../../shared/documents/names.ts'
import type { Place } from '../../shared/documents/names.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import { ProviderError } from '../../shared/ports/errors.ts'
import type { Call } from './call.ts'

/** The accounts of the memory cloud. A new one cannot be given to a machine before it is made attachable. */
export const identity = ({ cloud, read, change }: Call): Backend['identity'] => {
  const view = (place: Place) => {
    const found = cloud.accounts.get(names.account(place))
    return (
      found && {
        uniqueId: found.id,
        email: `${names.account(place)}@acme`,
        disabled: found.disabled,
        ours: found.ours,
        attachable: found.attachable,
      }
    )
  }
  return {
    find: (place) => read('identity.find', () => view(place)),
    create: (intent, place) =>
      change('identity.create', intent, place, () => {
        const made = {
          id: cloud.id('account'),
          uid: place.uid,
          place,
          disabled: false,
          attachable: false,
          madeMs: cloud.host.nowMs,
          ours: true,
        }
        if (!cloud.accounts.has(names.account(place))) cloud.accounts.set(names.account(place), made)
        const found = view(place)
        if (found === undefined) throw new Error('unreachable')
        return found
      }),
    makeAttachable: (intent, place) =>
      change('identity.makeAttachable', intent, place, () => {
        const found = cloud.accounts.get(names.account(place))
        if (found === undefined) throw new ProviderError('NotFound', 'no such account')
        found.attachable = true
      }),
    setDisabled: (intent, place, disabled) =>
      change('identity.setDisabled', intent, place, () => {
        const found = cloud.accounts.get(names.account(place))
        if (found === undefined) throw new ProviderError('NotFound', 'no such account')
        found.disabled = disabled
      }),
    delete: (intent, place) =>
      change('identity.delete', intent, place, () => void cloud.accounts.delete(names.account(place))),
  }
}

/** Its secrets. */
export const secrets = ({ cloud, read, change }: Call): Backend['secrets'] => ({
  list: (place) =>
    read('secrets.list', () =>
      [...cloud.secrets.values()]
        .filter(({ uid }) => uid === place.uid)
        .map(({ key, reader, writer, ours, labels, forgetful }) => ({
          key,
          ours,
          labels,
          recoverable: forgetful !== true,
          readers: reader ? [reader] : [],
          writers: writer ? [writer] : [],
        })),
    ),
  create: (intent, place, key, labels) =>
    change('secrets.create', intent, place, () => {
      const name = names.secret(place, key)
      if (!cloud.secrets.has(name))
        cloud.secrets.set(name, {
          uid: place.uid,
          key,
          madeMs: cloud.host.nowMs,
          reader: '',
          writer: '',
          hasValue: false,
          ours: true,
          labels,
        })
    }),
  label: (intent, place, key, labels) =>
    change('secrets.label', intent, place, () => {
      const found = cloud.secrets.get(names.secret(place, key))
      if (found === undefined) throw new ProviderError('NotFound', 'no such secret')
      found.labels = labels
      found.forgetful = false
    }),
  bind: (intent, place, key, who) =>
    change('secrets.bind', intent, place, () => {
      const found = cloud.secrets.get(names.secret(place, key))
      if (found === undefined) throw new ProviderError('NotFound', 'no such secret')
      Object.assign(found, who)
    }),
  delete: (intent, place, key) =>
    change('secrets.delete', intent, place, () => void cloud.secrets.delete(names.secret(place, key))),
  hasValue: (place, key) =>
    read('secrets.hasValue', () => cloud.secrets.get(names.secret(place, key))?.hasValue ?? false),
})

/** Who may reach which machine. */
export const access = ({ cloud, read, change }: Call): Backend['access'] => ({
  find: (place, machineId) =>
    read('access.find', () => {
      const found = cloud.access.get(names.machine(place))
      return found !== undefined && (machineId === undefined || found.machineId === machineId) ? [found.owner] : []
    }),
  grant: (intent, place, machineId, owner) =>
    change(
      'access.grant',
      intent,
      place,
      () => void cloud.access.set(names.machine(place), { machineId, owner, uid: place.uid }),
    ),
  ownerLogin: async () => ({ status: 'True', reason: 'Test' }),
  revoke: (intent, place) =>
    change('access.revoke', intent, place, () => void cloud.access.delete(names.machine(place))),
})
