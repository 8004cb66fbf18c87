// What this plugin uses of the plugin API of OpenClaw: https://docs.openclaw.ai/plugins/sdk-overview
declare module 'openclaw/plugin-sdk/plugin-entry' {
  import type { Command } from 'commander'

  type Descriptor = {
    readonly name: string
    readonly description: string
    readonly hasSubcommands: boolean
    readonly machineOutput: (line: { readonly argv: readonly string[] }) => boolean
  }

  type PluginApi = {
    registerCli(
      registrar: (context: { readonly program: Command }) => Promise<void>,
      options: { readonly descriptors: readonly Descriptor[] },
    ): void
  }

  type PluginEntry = {
    readonly id: string
    readonly name: string
    readonly description: string
    readonly register: (api: PluginApi) => void
  }

  export function definePluginEntry(entry: PluginEntry): PluginEntry
}
