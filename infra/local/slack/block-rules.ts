import { z } from 'zod'

// What Slack refuses, as its reference states it. https://docs.slack.dev/reference/block-kit

const text = (max: number) => z.string().min(1).max(max)
const Plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() })
const Mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() })
const TextObject = (max: number) => z.union([Plain(max), Mrkdwn(max)])

const common = { block_id: text(255).optional() }
const actionId = text(255)

const Button = z.strictObject({
  type: z.literal('button'),
  text: Plain(75),
  action_id: actionId,
  value: text(2000).optional(),
  url: z.url().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})

const PlainInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: actionId,
  multiline: z.boolean().optional(),
  min_length: z.number().max(3000).optional(),
  max_length: z.number().max(3000).optional(),
  placeholder: Plain(150).optional(),
  focus_on_load: z.boolean().optional(),
})

const RichElement = z.object({
  type: z.enum(['rich_text_section', 'rich_text_preformatted', 'rich_text_list', 'rich_text_quote']),
  elements: z.array(z.looseObject({ type: text(50), text: text(4000).optional() })),
})
const RichText = z.strictObject({ ...common, type: z.literal('rich_text'), elements: z.array(RichElement).min(1) })

const Task = z.strictObject({
  ...common,
  type: z.literal('task_card'),
  task_id: text(255),
  title: text(150),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: RichText.optional(),
  output: RichText.optional(),
})

const Cell = z.strictObject({ type: z.literal('raw_text'), text: text(1000) })

const Block = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('section'),
    text: TextObject(3000).optional(),
    fields: z.array(TextObject(2000)).min(1).max(10).optional(),
    accessory: Button.optional(),
  }),
  z.strictObject({ ...common, type: z.literal('context'), elements: z.array(TextObject(3000)).min(1).max(10) }),
  z.strictObject({ ...common, type: z.literal('header'), text: Plain(150) }),
  z.strictObject({ ...common, type: z.literal('divider') }),
  z.strictObject({ ...common, type: z.literal('actions'), elements: z.array(Button).min(1).max(25) }),
  RichText,
  z.strictObject({ ...common, type: z.literal('plan'), title: text(150), tasks: z.array(Task).max(50).optional() }),
  Task,
  z.strictObject({
    ...common,
    type: z.literal('data_table'),
    caption: text(150),
    page_size: z.number().min(1).max(100).optional(),
    row_header_column_index: z.number().optional(),
    rows: z.array(z.array(Cell).min(1).max(20)).min(1).max(100),
  }),
  z.strictObject({
    ...common,
    type: z.literal('input'),
    label: Plain(2000),
    element: PlainInput,
    hint: Plain(2000).optional(),
    optional: z.boolean().optional(),
  }),
])

const Modal = z.strictObject({
  type: z.literal('modal'),
  title: Plain(24),
  submit: Plain(24).optional(),
  close: Plain(24).optional(),
  callback_id: text(255).optional(),
  private_metadata: z.string().max(3000).optional(),
  blocks: z.array(Block).max(100),
})

/** What Slack would say is wrong with the blocks of a message; empty when nothing is. */
export function wrongWithBlocks(blocks: unknown): readonly string[] {
  const result = z.array(Block).max(50).safeParse(blocks)
  if (!result.success) return issuesOf(result.error)
  return [...twice(result.data), ...mixed(result.data)]
}

/** What Slack would say is wrong with a dialog. A submit button is wanted where something can be typed. */
export function wrongWithView(view: unknown): readonly string[] {
  const result = Modal.safeParse(view)
  if (!result.success) return issuesOf(result.error)
  const { blocks, submit } = result.data
  const unsubmittable = submit === undefined && blocks.some(({ type }) => type === 'input')
  return [...twice(blocks), ...(unsubmittable ? ['submit is missing though there is an input'] : [])]
}

/** What Slack would say is wrong with a message. */
export function wrongWithMessage(message: { readonly text?: unknown; readonly blocks?: unknown }): readonly string[] {
  const { text: words, blocks } = message
  if (blocks === undefined && (typeof words !== 'string' || words === '')) return ['no_text']
  if (typeof words === 'string' && words.length > 40_000) return ['msg_too_long']
  return blocks === undefined ? [] : wrongWithBlocks(blocks)
}

const issuesOf = ({ issues }: z.ZodError): readonly string[] =>
  issues.map(({ path, message }) => `${path.join('/')}: ${message}`)

function twice(blocks: readonly z.infer<typeof Block>[]): readonly string[] {
  const ids = blocks.flatMap(({ block_id: id }) => id ?? [])
  return ids.length === new Set(ids).size ? [] : ['block_id is there twice']
}

/** https://docs.slack.dev/reference/block-kit/blocks/plan-block */
const mixed = (blocks: readonly z.infer<typeof Block>[]): readonly string[] => {
  const types = new Set(blocks.map(({ type }) => type))
  return types.has('plan') && types.has('task_card') ? ['plan and task_card are not used beside each other'] : []
}
