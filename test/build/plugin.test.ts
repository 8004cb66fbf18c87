import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import manifest from '../../clients/openclaw/openclaw.plugin.json' with { type: 'json' }
import published from '../../clients/openclaw/package.json' with { type: 'json' }
import { OPENCLAW_MINIMUM } from '../../shared/openclaw/version.ts'

test('the plugin has one version, and wants the OpenClaw that agents run', () => {
  expect(manifest.version).toBe(published.version)
  const wanted = `>=${OPENCLAW_MINIMUM}`
  expect([published.peerDependencies.openclaw, published.openclaw.compat.pluginApi]).toEqual([wanted, wanted])
})

test('the plugin brings all that it runs, so that it installs without a network', () => {
  expect(Object.keys(published)).not.toContain('dependencies')
})

test('the guide of the plugin names the file that is packed and the OpenClaw it wants', async () => {
  const guide = await readFile(new URL('../../clients/openclaw/README.md', import.meta.url), 'utf8')
  const name = published.name.replace('@', '').replace('/', '-')
  expect(guide).toContain(`openclaw plugins install ./${name}-${published.version}.tgz`)
  expect(guide).toContain(`OpenClaw ${OPENCLAW_MINIMUM} or newer`)
})
