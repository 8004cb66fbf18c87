/** What Slack accepts, in characters and pieces. https://docs.slack.dev/reference/block-kit/blocks */
export const LIMITS = {
  blocksPerMessage: 50,
  blocksPerView: 100,
  sectionText: 3000,
  headerText: 150,
  contextElements: 10,
  /** https://docs.slack.dev/changelog/2018-truncating-really-long-messages: what is recommended of `text`. */
  messageText: 4000,
  tableRows: 100,
  tableColumns: 20,
  taskTitle: 150,
  taskDetails: 300,
  preformatted: 2900,
  buttonText: 75,
  /** https://docs.slack.dev/reference/views/modal-views */
  viewTitle: 24,
  viewButton: 24,
} as const

/** At most so many characters, the last of which says that there were more. */
export const clipped = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
