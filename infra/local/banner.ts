import type { AgentView } from '../../shared/api/views.ts'
import { SIMULATED } from './simulated-cloud.ts'

/** What a person sees once everything runs; `resumes` when a later start goes on from here. */
export function banner(
  urls: Readonly<Record<string, string>>,
  stateFolder: string,
  resumes: boolean,
): readonly string[] {
  const width = Math.max(...Object.keys(urls).map((name) => name.length))
  return [
    '',
    `Agents Plane runs. Stop it with Ctrl-C${resumes ? '; a later `npm start` goes on from here' : ''}.`,
    '',
    ...Object.entries(urls).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`),
    `  ${'state'.padEnd(width)}  ${stateFolder}`,
    '',
  ]
}

type Simulation = { readonly address: string; readonly scale: number; readonly stateFolder: string }

/** How to look at a simulated Google Cloud, and what it is not. */
export function simulationLines({ address, scale, stateFolder }: Simulation): readonly string[] {
  const { project, controlProject, owner } = SIMULATED
  return [
    `Agents are machines of a simulated Google Cloud: nothing is real, nothing is billed, and every start begins empty.`,
    `Its latencies are the real one's, as people measured them, times ${scale}.`,
    `Projects: ${project} for agents, ${controlProject} for the functions' accounts; ${owner} owns both.`,
    `To let planes find this plane:  export AP_STATE_DIR=${stateFolder}`,
    'To look at it with gcloud:',
    `  export CLOUDSDK_AUTH_ACCESS_TOKEN=sim:${owner} CLOUDSDK_CORE_PROJECT=${project}`,
    `  export CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=${address}/compute/v1/`,
    ...['IAM', 'SECRETMANAGER', 'CLOUDRESOURCEMANAGER'].map(
      (service) => `  export CLOUDSDK_API_ENDPOINT_OVERRIDES_${service}=${address}/`,
    ),
    '  gcloud compute instances list',
    `Everything there is:  curl ${address}/__sim/inventory`,
    '',
  ]
}

/** How to use an agent that is Ready. */
export const greeting = (agent: AgentView): readonly string[] => [
  '',
  ...(agent.backend === 'vm' ? simulatedAgent(agent) : agentHere(agent)),
]

const simulatedAgent = ({ plane, name }: AgentView): readonly string[] => [
  `${name} is Ready. Its machine is simulated: it boots, reads its secrets and reports, and no OpenClaw runs on it.`,
  '',
  `See it all:  npx planes status --plane ${plane} --name ${name}`,
]

const agentHere = ({ plane, name, gatewayUrl, model }: AgentView): readonly string[] => [
  `${name} is Ready.${gatewayUrl === undefined ? '' : ` Control UI: ${gatewayUrl}`}`,
  ...(model?.hint === undefined ? [] : [`${name} answers with the ${model.name}. ${model.hint}`]),
  '',
  `Say hello:  npx planes open --plane ${plane} --name ${name}   prints an address that signs you in; open it and say "hello"`,
]

/** Who is added in an example. */
const NEWCOMERS = ['bob', 'cleo', 'dan']

/** What to do next in a plane that has agents of these names. */
export function nextCommands(plane: string, names: readonly string[]): readonly string[] {
  const newcomer = NEWCOMERS.find((name) => !names.includes(name))
  const [first] = names
  const commands = [
    `status --plane ${plane}`,
    ...(newcomer ? [`add-agent --plane ${plane} --name ${newcomer} --owner ${newcomer}@example.com --wait`] : []),
    ...(first ? [`logs --plane ${plane} --name ${first} --follow`] : []),
  ]
  return [...commands.map((command, n) => `${(n === 0 ? 'Next:' : '').padEnd(12)}npx planes ${command}`), '']
}
