import type { AgentView } from '../../shared/api/views.ts'

/** What a person sees once everything runs. */
export function banner(urls: Readonly<Record<string, string>>, stateFolder: string): readonly string[] {
  const width = Math.max(...Object.keys(urls).map((name) => name.length))
  return [
    '',
    'Agents Plane runs. Stop it with Ctrl-C; a later `npm start` goes on from here.',
    '',
    ...Object.entries(urls).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`),
    `  ${'state'.padEnd(width)}  ${stateFolder}`,
    '',
  ]
}

/** How to use an agent that is Ready. */
export const greeting = ({ plane, name, gatewayUrl, model }: AgentView): readonly string[] => [
  '',
  `${name} is Ready.${gatewayUrl === undefined ? '' : ` Control UI: ${gatewayUrl}`}`,
  ...(model?.hint === undefined ? [] : [`${name} answers with the ${model.name}. ${model.hint}`]),
  '',
  `Say hello:  npx planes open --plane ${plane} --name ${name}   prints an address that signs you in; open it and say "hello"`,
  ...nextCommands(plane),
]

/** What to do next. */
export const nextCommands = (plane: string): readonly string[] => [
  'Next:       npx planes status --plane ' + plane,
  `            npx planes add-agent --plane ${plane} --name bob --owner bob@example.com --wait`,
  `            npx planes logs --plane ${plane} --name ada --follow`,
  '',
]
