import { expect, test } from 'vitest'
import { agentLabels } from '../../shared/documents/labels.ts'
import type { Place } from '../../shared/documents/names.ts'
import { instanceBody } from '../../shared/gcp/compute/instance-body.ts'
import type { Image } from '../../shared/gcp/compute/instance-body.ts'
import { requestIdOf } from '../../shared/gcp/compute/operations.ts'
import { machineConfiguration } from '../../shared/openclaw/configuration.ts'
import type { MachineConfiguration, MachineWanted } from '../../shared/ports/backend.ts'
import { PLACE } from './adapter-stand.ts'
import { SETTINGS } from './compute-stand.ts'

const OWNER = 'ada.lovelace@acme.com'

const wanted: MachineWanted = {
  shape: { machineType: 'e2-medium', openclawVersion: '2026.9.6', accountId: '1001', diskId: '2002' },
  configuration: { generation: 'g1', openclaw: { gateway: { mode: 'local' } } },
  labels: agentLabels(PLACE, OWNER, { team: 'red' }),
  restart: 3,
}

test('a machine is asked for with exactly this', () => {
  expect(instanceBody(PLACE, wanted, SETTINGS)).toMatchInlineSnapshot(`
    {
      "canIpForward": false,
      "deletionProtection": false,
      "description": "An agent of Agents Plane; what it may do is in its labels and in its account",
      "disks": [
        {
          "autoDelete": true,
          "boot": true,
          "initializeParams": {
            "diskSizeGb": "20",
            "diskType": "projects/demo-project/zones/europe-west1-b/diskTypes/pd-balanced",
            "labels": {
              "ap-agent-uid": "agentuid22",
              "ap-owner": "73bc7cab2b5f60c9",
              "ap-plane": "planeuid22",
              "team": "red",
            },
            "sourceImage": "projects/debian-cloud/global/images/family/debian-12",
          },
        },
        {
          "autoDelete": false,
          "boot": false,
          "deviceName": "ap-data",
          "mode": "READ_WRITE",
          "source": "projects/demo-project/zones/europe-west1-b/disks/ap-planeuid22-agentuid22-data",
        },
      ],
      "labels": {
        "ap-agent-uid": "agentuid22",
        "ap-managed": "true",
        "ap-owner": "73bc7cab2b5f60c9",
        "ap-plane": "planeuid22",
        "team": "red",
      },
      "machineType": "projects/demo-project/zones/europe-west1-b/machineTypes/e2-medium",
      "metadata": {
        "items": [
          {
            "key": "enable-oslogin",
            "value": "TRUE",
          },
          {
            "key": "block-project-ssh-keys",
            "value": "TRUE",
          },
          {
            "key": "serial-port-enable",
            "value": "FALSE",
          },
          {
            "key": "serial-port-logging-enable",
            "value": "FALSE",
          },
          {
            "key": "disable-legacy-endpoints",
            "value": "TRUE",
          },
          {
            "key": "enable-guest-attributes",
            "value": "FALSE",
          },
          {
            "key": "enable-osconfig",
            "value": "FALSE",
          },
          {
            "key": "ap-heartbeat-url",
            "value": "https://heartbeat.example/",
          },
          {
            "key": "ap-configuration",
            "value": "{"generation":"g1","openclaw":{"gateway":{"mode":"local"}}}",
          },
          {
            "key": "startup-script",
            "value": "#!/bin/sh
    echo ready
    ",
          },
          {
            "key": "ap-plane",
            "value": "planeuid22",
          },
          {
            "key": "ap-agent-uid",
            "value": "agentuid22",
          },
          {
            "key": "ap-openclaw-version",
            "value": "2026.9.6",
          },
          {
            "key": "ap-restart",
            "value": "3",
          },
          {
            "key": "ap-account-id",
            "value": "1001",
          },
          {
            "key": "ap-disk-id",
            "value": "2002",
          },
        ],
      },
      "name": "ap-planeuid22-agentuid22",
      "networkInterfaces": [
        {
          "stackType": "IPV4_ONLY",
          "subnetwork": "projects/demo-project/regions/europe-west1/subnetworks/ap-planeuid22",
        },
      ],
      "serviceAccounts": [
        {
          "email": "ap-planeuid22-agentuid22@demo-project.iam.gserviceaccount.com",
          "scopes": [
            "https://www.googleapis.com/auth/cloud-platform",
          ],
        },
      ],
      "shieldedInstanceConfig": {
        "enableIntegrityMonitoring": true,
        "enableSecureBoot": true,
        "enableVtpm": true,
      },
    }
  `)
})

test.each<[string, Image, string]>([
  ['the newest of a family', { project: 'acme-images', family: 'agents-plane' }, 'family/agents-plane'],
  ['one by name', { project: 'acme-images', name: 'agents-plane-20260901' }, 'agents-plane-20260901'],
])('a machine boots from %s', (_, image, path) => {
  const [boot] = instanceBody(PLACE, wanted, { ...SETTINGS, image }).disks ?? []
  expect(boot?.initializeParams?.sourceImage).toBe(`projects/acme-images/global/images/${path}`)
})

test.each(['"; rm -rf /', '../../x', 'a'.repeat(300), '💥 @acme.com', OWNER])(
  'nothing of the owner %s is in what a machine is asked for with',
  (owner) => {
    const labels = agentLabels(PLACE, owner, {})
    const configuration = machineConfiguration({ channels: [{ kind: 'telegram', allowFrom: ['4711'] }] })
    const text = JSON.stringify(instanceBody(PLACE, { ...wanted, labels, configuration }, SETTINGS))
    expect(text).not.toContain(owner)
    expect(text).not.toContain(JSON.stringify(owner).slice(1, -1))
  },
)

const sized = (bytes: number): MachineConfiguration => ({ generation: 'g', openclaw: 'x'.repeat(bytes) })

test('a configuration that metadata cannot hold is refused with its name', () => {
  const large = { ...wanted, configuration: sized(256 * 1024) }
  expect(() => instanceBody(PLACE, large, SETTINGS)).toThrow(
    /its entry ap-configuration has 2621\d\d bytes of at most 262144/,
  )
  expect(() => instanceBody(PLACE, large, SETTINGS)).toThrow(expect.objectContaining({ kind: 'Invalid' }))
})

test('metadata that is too large in all is refused', () => {
  const startupScript = { text: 'x'.repeat(260 * 1000), sha256: '' }
  const told = { ...SETTINGS, startupScript, heartbeatUrl: 'x'.repeat(10_000) }
  const large = { ...wanted, configuration: sized(260 * 1000) }
  expect(() => instanceBody(PLACE, large, told)).toThrow(/all of it has 53\d{4} bytes of at most 524288/)
  expect(() => instanceBody(PLACE, { ...large, configuration: sized(1000) }, told)).not.toThrow()
})

test('a request id is a UUID, and the same for the same change of one attempt only', () => {
  const elsewhere: Place = { ...PLACE, uid: 'otheruid22' }
  const ids = [
    requestIdOf({ op: 'a', untilMs: 1 }, 'insert', PLACE.uid),
    requestIdOf({ op: 'b', untilMs: 1 }, 'insert', PLACE.uid),
    requestIdOf({ op: 'a', untilMs: 1 }, 'delete', PLACE.uid),
    requestIdOf({ op: 'a', untilMs: 1 }, 'insert', elsewhere.uid),
    requestIdOf({ op: 'a', untilMs: 1 }, 'insert', PLACE.uid, 'more'),
  ]
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids).size).toBe(ids.length)
  expect(requestIdOf({ op: 'a', untilMs: 2 }, 'insert', PLACE.uid)).toBe(ids[0])
})
