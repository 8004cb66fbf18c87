import { z } from 'zod'
import {
  AddAgent,
  ChangeAgent,
  ChangePlane,
  CreatePlane,
  GetAgent,
  GetPlane,
  LinkSlack,
  Nothing,
  OneAgent,
  OnePlane,
  PutMember,
  ReadAudit,
  ReadLogs,
  RemoveAgent,
  RemoveMember,
  SetSecret,
  UpdateAgent,
  UpdatePlane,
} from './inputs.ts'
import { AgentView, AuditView, LogLineView, MemberView, PlanView, PlaneView } from './views.ts'

/** One call: where it goes, what it takes and what it gives. Input named in `path` travels there, the rest as query or JSON. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/v1/${string}`
  /** What it does, and who may. */
  readonly summary: string
  readonly input: z.ZodObject
  readonly output: z.ZodType
}

const plan = PlanView.optional()
const changedPlane = z.object({ plane: PlaneView, upToDate: z.boolean(), plan })
const changedAgent = z.object({ agent: AgentView, upToDate: z.boolean(), plan })
const changedMember = z.object({ members: z.array(MemberView), upToDate: z.boolean(), plan })

/** Every call of the API. The router serves this table and the client is made from it. */
export const routes = {
  createPlane: {
    method: 'POST',
    path: '/v1/planes',
    summary: 'Create a plane. For admins of it: the first one is named when the control plane is deployed.',
    input: CreatePlane,
    output: changedPlane,
  },
  listPlanes: {
    method: 'GET',
    path: '/v1/planes',
    summary: 'The planes that the caller has a role or an agent in.',
    input: Nothing,
    output: z.object({ planes: z.array(PlaneView) }),
  },
  getPlane: {
    method: 'GET',
    path: '/v1/planes/{plane}',
    summary: 'A plane and its agents. For admins and viewers; owners get their own agents.',
    input: GetPlane,
    output: z.object({ plane: PlaneView, agents: z.array(AgentView) }),
  },
  updatePlane: {
    method: 'PATCH',
    path: '/v1/planes/{plane}',
    summary: 'Change fields of a plane. For admins.',
    input: UpdatePlane,
    output: changedPlane,
  },
  removePlane: {
    method: 'DELETE',
    path: '/v1/planes/{plane}',
    summary: 'Remove a plane that has no agents left, for good. For admins.',
    input: ChangePlane,
    output: changedPlane,
  },
  retryPlane: {
    method: 'POST',
    path: '/v1/planes/{plane}/retry',
    summary: 'Do the failed steps of a plane once more. For admins.',
    input: ChangePlane,
    output: changedPlane,
  },
  addAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents',
    summary: 'Give a person an agent. For admins.',
    input: AddAgent,
    output: changedAgent,
  },
  getAgent: {
    method: 'GET',
    path: '/v1/planes/{plane}/agents/{name}',
    summary: 'An agent with every step and condition. For admins, viewers and its owner.',
    input: GetAgent,
    output: z.object({ agent: AgentView }),
  },
  updateAgent: {
    method: 'PATCH',
    path: '/v1/planes/{plane}/agents/{name}',
    summary: 'Change fields of an agent. For admins; the model alone for its owner, too, whose key it needs.',
    input: UpdateAgent,
    output: changedAgent,
  },
  removeAgent: {
    method: 'DELETE',
    path: '/v1/planes/{plane}/agents/{name}',
    summary: 'Remove an agent for good. For admins.',
    input: RemoveAgent,
    output: changedAgent,
  },
  startAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/start',
    summary: 'Start a stopped agent. For admins and its owner.',
    input: ChangeAgent,
    output: changedAgent,
  },
  stopAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/stop',
    summary: 'Stop an agent; what it has is kept. For admins and its owner.',
    input: ChangeAgent,
    output: changedAgent,
  },
  restartAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/restart',
    summary: 'Start a running agent anew. For admins and its owner.',
    input: ChangeAgent,
    output: changedAgent,
  },
  retryAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/retry',
    summary: 'Do the failed steps of an agent once more. For admins and its owner.',
    input: ChangeAgent,
    output: changedAgent,
  },
  readLogs: {
    method: 'GET',
    path: '/v1/planes/{plane}/agents/{name}/logs',
    summary:
      'What its machine logged, a page at a time: ask again with the cursor to follow. For admins and its owner.',
    input: ReadLogs,
    output: z.object({ lines: z.array(LogLineView), cursor: z.string() }),
  },
  setSecret: {
    method: 'PUT',
    path: '/v1/planes/{plane}/agents/{name}/secrets/{key}',
    summary: 'Set a secret, or learn how its owner does. For its owner.',
    input: SetSecret,
    /**
     * With `command`, the owner sets the value by running it, with the value on standard input: it becomes a version of
     * the secret in `place`, in Google's Secret Manager. The model that was asked for is then set by `next`, and not before.
     */
    output: z.object({
      agent: AgentView,
      command: z.string().optional(),
      place: z.object({ project: z.string(), secret: z.string().regex(/^\w[\w-]*$/) }).optional(),
      next: z.string().optional(),
      plan,
    }),
  },
  openAgent: {
    method: 'POST',
    path: '/v1/planes/{plane}/agents/{name}/access',
    summary: 'How to open its Control UI. For its owner.',
    input: OneAgent,
    /**
     * `commands` are run first, by the owner: the way to the agent, then what prints the token. `ask` then asks the
     * agent something from a terminal.
     */
    output: z.object({
      url: z.string(),
      token: z.string().optional(),
      commands: z.array(z.string()).optional(),
      ask: z.string(),
    }),
  },
  listMembers: {
    method: 'GET',
    path: '/v1/planes/{plane}/members',
    summary: 'Who has which role in a plane. For admins and viewers.',
    input: OnePlane,
    output: z.object({ members: z.array(MemberView) }),
  },
  putMember: {
    method: 'PUT',
    path: '/v1/planes/{plane}/members/{email}',
    summary: 'Give a person a role in a plane, or another one. For admins.',
    input: PutMember,
    output: changedMember,
  },
  removeMember: {
    method: 'DELETE',
    path: '/v1/planes/{plane}/members/{email}',
    summary: 'Take the role of a person in a plane away. For admins.',
    input: RemoveMember,
    output: changedMember,
  },
  readAudit: {
    method: 'GET',
    path: '/v1/planes/{plane}/audit',
    summary: 'Who did what, the newest first. For admins and viewers.',
    input: ReadAudit,
    output: z.object({ entries: z.array(AuditView) }),
  },
  linkSlack: {
    method: 'POST',
    path: '/v1/slack/links',
    summary: 'Link your Slack account to who you are here, by a one-time code. For whoever is signed in.',
    input: LinkSlack,
    /** Whose code it is, and whether they are linked to `actor` now: not by a dry run. */
    output: z.object({ team: z.string(), user: z.string(), actor: z.string(), linked: z.boolean() }),
  },
} as const satisfies Readonly<Record<string, Route>>

export type Routes = typeof routes
export type RouteName = keyof Routes

/** What a call takes: as a caller writes it, and as the command reads it. */
export type Call<K extends RouteName> = z.input<Routes[K]['input']>
export type Input<K extends RouteName> = z.output<Routes[K]['input']>
export type Output<K extends RouteName> = z.output<Routes[K]['output']>
