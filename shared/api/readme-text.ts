import { routes } from './contract.ts'
import type { Route } from './contract.ts'
import { KEY_HEADER, SURFACE_HEADER } from './headers.ts'
import { openApi } from './openapi.ts'

type Json = Readonly<Record<string, unknown>>

/** The page about the API, from its contract: what `README.md` beside it holds. */
export const readmeText = (): string =>
  [
    '# The API',
    INTRODUCTION,
    '## Calls',
    calls(),
    ...Object.entries<Route>(routes).map(section),
    '## Refusals',
    refusals(),
  ].join('\n\n') + '\n'

const INTRODUCTION = `JSON over HTTPS. \`contract.ts\` is the contract: the router serves it, the client is made from it, and so are this page
(\`npm run docs\`) and the OpenAPI document, which every installation serves to anybody at \`/v1/openapi.json\`.

**Who asks.** Every other call carries \`Authorization: Bearer TOKEN\`. A local plane takes the token in its state folder, and
those that \`infra/local/token.ts\` prints for other people. A deployment takes identity tokens of Firebase Authentication and of the OAuth clients that it was told of
(\`AP_OAUTH_CLIENTS\`), and those of gcloud only where \`AP_GCLOUD_SIGN_IN\` allows it. The e-mail address has to be verified;
what its person may do, the members of each plane say. An owner may ask about their own agents without being a member.

**Once.** A change that carries \`${KEY_HEADER}\`, 8 to 128 letters, digits or \`_.:-\`, is done once however often it is sent:
the same key with the same request has the same answer, with another request it is refused. A change that is executed
leaves one entry in the audit trail, in the same write; one that is refused, imagined (\`dryRun\`) or up to date leaves none.

**Imagined.** With \`dryRun\` a change is checked and not made; \`plan\` in the answer has the fields that would change and
the steps that would run, worked out by the planner that would run them.

**How much.** Each caller may save up 600 calls and gets 60 a second back; each address that requests come from 1800 and
180, before anybody is asked who they are. Every instance of the API counts for itself.

**Following logs.** An answer ends with a \`cursor\`; asked again with it, what came since is answered. No call is held open.

**From where.** \`${SURFACE_HEADER}\` (\`cli\`, \`plugin\` or \`console\`) goes into the audit trail, and nothing depends on it.`

const calls = (): string =>
  [
    '| call | | does |',
    '| --- | --- | --- |',
    ...Object.entries<Route>(routes).map(
      ([name, { method, path, summary }]) =>
        `| [\`${name}\`](#${name.toLowerCase()}) | \`${method} ${path}\` | ${summary} |`,
    ),
  ].join('\n')

function section([name, { method, path, summary }]: readonly [string, Route]): string {
  const { paths } = openApi() as { paths: Record<string, Record<string, Json>> }
  const { parameters = [], requestBody } = (paths[path]?.[method.toLowerCase()] ?? {}) as Operation
  const schema = requestBody?.content['application/json'].schema
  const body = Object.keys(schema?.properties ?? {}).map((field) => ({
    field,
    where: 'body',
    isRequired: schema?.required?.includes(field) ?? false,
  }))
  const rest = parameters
    .filter((parameter) => parameter.in !== 'header')
    .map((parameter) => ({ field: parameter.name, where: parameter.in, isRequired: parameter.required }))
  const rows = [...rest, ...body].map(
    ({ field, where, isRequired }) => `| \`${field}\` | ${where} | ${isRequired ? 'required' : ''} |`,
  )
  const heading = `### ${name}\n\n\`${method} ${path}\`: ${summary}`
  return rows.length === 0 ? heading : [heading, '', '| takes | in | |', '| --- | --- | --- |', ...rows].join('\n')
}

type Operation = {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}
type Schema = { readonly properties?: Json; readonly required?: readonly string[] }

function refusals(): string {
  const { paths } = openApi() as {
    paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>
  }
  const responses = paths['/v1/planes']?.['get']?.responses ?? {}
  const rows = Object.entries(responses).filter(([status]) => status !== '200')
  return [
    'Every answer that is not success has `code` (to key on), `message`, `requestId` and, where there is one, `field` and `suggestion`.',
    '',
    '| status | means |',
    '| --- | --- |',
    ...rows.map(([status, { description }]) => `| ${status} | ${description} |`),
  ].join('\n')
}
