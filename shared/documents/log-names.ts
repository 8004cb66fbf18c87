/** The log that agents' machines write to: `projects/P/logs/agents-plane`. */
export const LOG_ID = 'agents-plane'

/** The label of a log entry that says whose machine wrote it. */
export const UID_LABEL = 'ap-agent-uid'
