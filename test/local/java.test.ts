import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findJava, parseJavaVersion } from '../../infra/local/emulators/java.ts'
import { put, temporaryFolder } from './folder.ts'

test.each([
  ['openjdk version "17.0.15" 2025-04-15', '17.0.15', 17],
  ['openjdk version "21" 2023-09-19', '21', 21],
  ['openjdk version "25-ea" 2025-09-16', '25-ea', 25],
  ['java version "1.8.0_392"', '1.8.0_392', 8],
])('%s is Java %s', (output, version, major) => {
  expect(parseJavaVersion(output)).toEqual({ version, major })
})

test('other output is no Java', () => {
  expect(parseJavaVersion('The operation couldn’t be completed. Unable to locate a Java Runtime.')).toBeUndefined()
})

/** A JAVA_HOME whose java says it is of this version. */
function javaHome(version: string): string {
  const home = temporaryFolder()
  put(join(home, 'bin/java'), `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, 0o755)
  return home
}

test('JAVA_HOME comes before PATH', async () => {
  const home = javaHome('99.0.1')
  expect(await findJava({ JAVA_HOME: home })).toEqual({ path: join(home, 'bin/java'), version: '99.0.1', major: 99 })
})

test('an old Java is refused with the command that installs a newer one', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = join(javaHome('11.0.2'), 'bin')
  try {
    await expect(findJava({}, 'linux')).rejects.toThrow(
      /Java 11.0.2 is too old.*need Java 17 or newer.*apt-get install/,
    )
    await expect(findJava({}, 'darwin')).rejects.toThrow(/brew install/)
  } finally {
    process.env['PATH'] = path
  }
})

test('no Java is refused with the command that installs one', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = temporaryFolder()
  try {
    await expect(findJava({}, 'linux')).rejects.toThrow(/No Java was found.*apt-get install/)
  } finally {
    process.env['PATH'] = path
  }
})
