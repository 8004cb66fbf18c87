import { definePluginEntry } from 'openclaw/plugin-sdk/plugin-entry'
import manifest from './openclaw.plugin.json' with { type: 'json' }

const { id, name, description, cliCommands } = manifest

/** These words reserve standard output for a program or a file: OpenClaw then keeps its own remarks out of it. */
const FOR_PROGRAMS = ['--json', '--script', 'completion']

const machineOutput = ({ argv }: { readonly argv: readonly string[] }): boolean =>
  FOR_PROGRAMS.some((word) => argv.includes(word))

/** The plugin: the command `openclaw planes`, of which nothing is loaded until it is typed. */
// oxlint-disable-next-line import/no-default-export -- where OpenClaw looks for a plugin
export default definePluginEntry({
  id,
  name,
  description,
  register: (api) =>
    api.registerCli(
      async ({ program }) => {
        const { furnish, performAs, quietlyEndPipes, refuseQuietly } = await import('../cli/program.ts')
        quietlyEndPipes()
        for (const { name, description } of cliCommands)
          furnish(program.command(name).description(description), performAs('plugin'), refuseQuietly)
      },
      { descriptors: cliCommands.map((command) => ({ ...command, machineOutput })) },
    ),
})
