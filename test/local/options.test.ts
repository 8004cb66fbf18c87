import { expect, test } from 'vitest'
import { parseOptions, type Options } from '../../infra/local/options.ts'

const plain: Options = { stateFolder: '/home/ada/.agents-plane', port: 8787, reset: false, agent: true, help: false }

test.each<[string, string[], Partial<Options>]>([
  ['nothing', [], {}],
  ['--state with a relative folder', ['--state', 'x/y'], { stateFolder: '/home/ada/x/y' }],
  ['--state with an absolute folder', ['--state=/var/x'], { stateFolder: '/var/x' }],
  ['--port', ['--port', '9000'], { port: 9000 }],
  ['--reset', ['--reset'], { reset: true }],
  ['--no-agent', ['--no-agent'], { agent: false }],
  ['--help', ['--help'], { help: true }],
])('%s is understood', (_, args, expected) => {
  expect(parseOptions(args, '/home/ada')).toEqual({ ...plain, ...expected })
})

test.each<[string[], RegExp]>([
  [['--prot', '1'], /--prot.*--help/],
  [['--port'], /--port/],
  [['--port', 'x'], /must be a number from 1 to 65535, not "x"/],
  [['--port', '70000'], /must be a number/],
  [['now'], /now/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args, '/')).toThrow(message)
})
