import { invalid } from '../errors.ts'

/** What a condition can ask about. What does not apply to a request is undefined, and a condition on it is not met. */
export type Attributes = {
  readonly name?: string
  readonly type?: string
  readonly service?: string
  readonly port?: number
  readonly nowMs: number
  /** Roles whose members a setIamPolicy changes; empty for every other request. */
  readonly modifiedGrantsByRole: readonly string[]
}

/** A condition that can be asked. */
export type Condition = (attributes: Attributes) => boolean

type Tokens = { readonly peek: () => string; readonly next: () => string }

const TOKEN =
  /\s*(&&|\|\||==|!=|<=|>=|[!<>()[\],]|\d+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)/y

const TEXTS: Readonly<Record<string, 'name' | 'type' | 'service'>> = {
  'resource.name': 'name',
  'resource.type': 'type',
  'resource.service': 'service',
}

// https://cloud.google.com/iam/quotas
const MOST_OPERATORS = 12

const GRANTS = 'iam.googleapis.com/modifiedGrantsByRole'

/**
 * Compiles a condition of the few forms in use: `resource.name|type|service` with `==`, `!=`, `startsWith`, `endsWith`;
 * `destination.port == N`; `request.time` against `timestamp("…")`;
 * `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([…])`; and `!`, `&&`, `||`, brackets of these.
 * Throws INVALID_ARGUMENT for any other: a condition must not mean less here than it does in the cloud.
 */
export function compileCondition(expression: string): Condition {
  const tokens = tokenize(expression)
  if (tokens.operators > MOST_OPERATORS)
    throw invalid(`The condition has ${tokens.operators} logic operators of at most ${MOST_OPERATORS}.`)
  const condition = either(tokens)
  if (tokens.peek() !== '') throw unknown(tokens.peek(), expression)
  return condition
}

const unknown = (token: string, expression: string): ApiErrorLike =>
  invalid(`Condition expression compilation failed: '${token}' is not supported in '${expression}'`)

type ApiErrorLike = ReturnType<typeof invalid>

function tokenize(expression: string): Parser & { readonly operators: number } {
  const found: string[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let match = TOKEN.exec(expression); match !== null; match = TOKEN.exec(expression)) {
    found.push(match[1] ?? '')
    end = TOKEN.lastIndex
  }
  if (expression.slice(end).trim() !== '') throw unknown(expression.slice(end).trim(), expression)
  let at = 0
  const operators = found.filter((token) => ['&&', '||', '!'].includes(token)).length
  return { expression, operators, peek: () => found[at] ?? '', next: () => found[at++] ?? '' }
}

type Parser = Tokens & { readonly expression: string }

function expect(tokens: Parser, token: string): void {
  const found = tokens.next()
  if (found !== token) throw unknown(found, tokens.expression)
}

function either(tokens: Parser): Condition {
  const first = both(tokens)
  if (tokens.peek() !== '||') return first
  tokens.next()
  const second = either(tokens)
  return (attributes) => first(attributes) || second(attributes)
}

function both(tokens: Parser): Condition {
  const first = one(tokens)
  if (tokens.peek() !== '&&') return first
  tokens.next()
  const second = both(tokens)
  return (attributes) => first(attributes) && second(attributes)
}

function one(tokens: Parser): Condition {
  const token = tokens.next()
  if (token === '!') {
    const inner = one(tokens)
    return (attributes) => !inner(attributes)
  }
  if (token === '(') {
    const inner = either(tokens)
    expect(tokens, ')')
    return inner
  }
  if (token === 'destination.port') return portIs(tokens)
  if (token === 'request.time') return timeIs(tokens)
  if (token === 'api.getAttribute') return grantsOnly(tokens)
  return textIs(token, tokens)
}

function textIs(token: string, tokens: Parser): Condition {
  const [, subject = token, verb] = /^(resource\.\w+)\.(startsWith|endsWith)$/.exec(token) ?? []
  const key = TEXTS[subject]
  if (key === undefined) throw unknown(token, tokens.expression)
  if (verb !== undefined) {
    expect(tokens, '(')
    const wanted = text(tokens)
    expect(tokens, ')')
    const method = verb === 'startsWith' ? 'startsWith' : 'endsWith'
    return (attributes) => attributes[key]?.[method](wanted) ?? false
  }
  const operator = tokens.next()
  if (operator !== '==' && operator !== '!=') throw unknown(operator, tokens.expression)
  const wanted = text(tokens)
  return (attributes) => {
    const value = attributes[key]
    return value !== undefined && (value === wanted) === (operator === '==')
  }
}

function portIs(tokens: Parser): Condition {
  expect(tokens, '==')
  const port = tokens.next()
  if (!/^\d+$/.test(port)) throw unknown(port, tokens.expression)
  return (attributes) => attributes.port === Number(port)
}

function timeIs(tokens: Parser): Condition {
  const operator = tokens.next()
  if (operator !== '<' && operator !== '>') throw unknown(operator, tokens.expression)
  expect(tokens, 'timestamp')
  expect(tokens, '(')
  const atMs = Date.parse(text(tokens))
  expect(tokens, ')')
  if (Number.isNaN(atMs)) throw unknown('timestamp', tokens.expression)
  return ({ nowMs }) => (operator === '<' ? nowMs < atMs : nowMs > atMs)
}

function grantsOnly(tokens: Parser): Condition {
  expect(tokens, '(')
  const attribute = text(tokens)
  if (attribute !== GRANTS) throw unknown(attribute, tokens.expression)
  for (const token of [',', '[', ']', ')']) expect(tokens, token)
  if (tokens.peek() !== '.hasOnly') throw unknown(tokens.peek(), tokens.expression)
  tokens.next()
  expect(tokens, '(')
  const roles = list(tokens)
  expect(tokens, ')')
  return ({ modifiedGrantsByRole }) => modifiedGrantsByRole.every((role) => roles.includes(role))
}

function list(tokens: Parser): string[] {
  const found: string[] = []
  expect(tokens, '[')
  while (tokens.peek() !== ']') {
    found.push(text(tokens))
    if (tokens.peek() === ',') tokens.next()
  }
  expect(tokens, ']')
  return found
}

function text(tokens: Parser): string {
  const token = tokens.next()
  if (!/^["']/.test(token)) throw unknown(token, tokens.expression)
  return token.slice(1, -1).replace(/\\(.)/g, '$1')
}
