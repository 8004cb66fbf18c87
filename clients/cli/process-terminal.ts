import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { cancelled } from './exit.ts'
import type { Screen, Terminal } from './terminal.ts'

type Streams = { readonly stdin: ReadStream; readonly stdout: WriteStream; readonly stderr: WriteStream }

/** The terminal, pipe or file a process was started with. */
export function processTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  return {
    out: screen(stdout),
    err: screen(stderr),
    canAsk: stdin.isTTY,
    ask: (question) => ask(stdin, stderr, question, true),
    askHidden: (question) => ask(stdin, stderr, question, false),
    readInput: (limitBytes) => readInput(stdin, limitBytes),
  }
}

function screen(stream: WriteStream): Screen {
  let drawn = 0
  const lines: Screen['lines'] = (texts) => {
    drawn = 0
    stream.write(texts.map((text) => `${text}\n`).join(''))
  }
  return {
    live: stream.isTTY,
    line: (text) => lines([text]),
    lines,
    paint: (tone, text) => (text === '' ? '' : styleText(tone, text, { stream })),
    redraw: (lines) => {
      const seen = lines.slice(0, (stream.rows || 25) - 1)
      const back = drawn > 0 ? `\u001b[${drawn}F` : ''
      drawn = seen.length
      // Without wrapping, a line is a row, so that going back as many rows meets the first one again.
      stream.write(`${back}\u001b[J\u001b[?7l${seen.join('\n')}\n\u001b[?7h`)
    },
  }
}

function ask(input: ReadStream, prompt: WriteStream, question: string, shown: boolean): Promise<string> {
  prompt.write(question)
  const output = shown ? prompt : new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input, output, terminal: true, historySize: 0 })
  return new Promise((resolve, reject) => {
    let ended = false
    reader.once('line', (line) => {
      ended = shown
      resolve(line)
      reader.close()
    })
    reader.once('close', () => {
      if (!ended) prompt.write('\n')
      // Closed without a line by Ctrl-C or Ctrl-D; after a line this rejects nothing any more.
      reject(cancelled())
    })
  })
}

async function readInput(stdin: ReadStream, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > limitBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
