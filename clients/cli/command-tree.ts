import type { Command } from 'commander'

/** An option as it is written, and what it is for. */
export type OptionNode = {
  readonly flags: string
  readonly long: string
  readonly description: string
  readonly isRequired: boolean
  readonly takesValue: boolean
  readonly preset: string | undefined
  readonly choices: readonly string[]
}

/** A command with what it takes, and those under it. */
export type CommandNode = {
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  readonly usage: string
  readonly options: readonly OptionNode[]
  readonly choices: readonly string[]
  readonly commands: readonly CommandNode[]
}

/** Every command of a program, as data: what documentation and completion are made from. */
export const commandTree = (command: Command): CommandNode => ({
  name: command.name(),
  aliases: command.aliases(),
  description: command.description(),
  usage: command.usage(),
  options: command.options.map((option) => ({
    flags: option.flags,
    long: option.long ?? '',
    description: option.description,
    isRequired: option.mandatory,
    takesValue: option.required || option.optional,
    preset: presetOf(option.defaultValueDescription, option.defaultValue),
    choices: option.argChoices ?? [],
  })),
  choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  commands: command.commands.map(commandTree),
})

const presetOf = (described: string | undefined, value: unknown): string | undefined =>
  described ?? (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined)
