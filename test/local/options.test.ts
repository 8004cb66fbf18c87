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
  ['--simulate-gcp', ['--simulate-gcp'], { simulateGcp: { scale: 0.1 }, stateFolder: '/home/ada/.agents-plane-gcp' }],
  [
    '--scale',
    ['--simulate-gcp', '--scale', '0', '--state', 'x'],
    { simulateGcp: { scale: 0 }, stateFolder: '/home/ada/x' },
  ],
])('%s is understood', (_, args, expected) => {
  expect(parseOptions(args, '/home/ada')).toEqual({ ...plain, ...expected })
})

test.each<[string[], RegExp]>([
  [['--prot', '1'], /--prot.*--help/],
  [['--port'], /--port/],
  [['--port', 'x'], /must be a number from 1 to 65535, not "x"/],
  [['--port', '70000'], /must be a number/],
  [['now'], /now/],
  [['--scale', '1'], /wants --simulate-gcp/],
  [['--simulate-gcp', '--scale', 'x'], /must be a number from 0 to 10, not "x"/],
  [['--simulate-gcp', '--scale', '-1'], /--scale/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args, '/')).toThrow(message)
})
