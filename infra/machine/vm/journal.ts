import { redact } from '../../../shared/process/redact.ts'

/** Says something to the journal, by way of standard output; nothing that looks like a secret gets there. */
export type Journal = { info(text: string): void; warn(text: string): void }

/** Priorities are the journal's own prefixes. https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html */
export const journal: Journal = {
  info: (text) => process.stdout.write(`<6>${line(text)}\n`),
  warn: (text) => process.stdout.write(`<4>${line(text)}\n`),
}

const line = (text: string): string => redact(text).replaceAll(/\s+/g, ' ').slice(0, 1000)
