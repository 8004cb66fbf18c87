// Stands in for an installed OpenClaw: a launcher that outlives nothing and a gateway behind it, as the real one has.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

const version = '2026.9.6'

// As the real one, it does when it first runs what its install script was not let do; who ran it, and whose it was, is kept.
const pending = new URL('.openclaw-lifecycle-pending', import.meta.url)
if (existsSync(pending)) {
  rmSync(pending)
  const uid = process.getuid()
  const bound = /^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'utf8'))
  const first = { runBy: uid, ownedBy: statSync(new URL(import.meta.url)).uid, bound }
  const kept = new URL('first-run.json', import.meta.url)
  writeFileSync(kept, JSON.stringify(first))
  // One that means harm opens what it may, and leaves something for later.
  chmodSync(kept, 0o666)
  if (existsSync('/opt/agents-plane')) writeFileSync(`/tmp/left-by-${uid}`, '')
}

if (process.argv[2] === '--version') {
  console.log(`OpenClaw ${version} (fake)`)
} else if (process.env.FAKE_GATEWAY === undefined) {
  const child = spawn(process.execPath, process.argv.slice(1), {
    env: { ...process.env, FAKE_GATEWAY: '1' },
    stdio: 'inherit',
  })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 137)))
} else {
  await gateway()
}

async function gateway() {
  const path = process.env.OPENCLAW_CONFIG_PATH
  const read = () => readFileSync(path, 'utf8')
  const configuration = JSON.parse(read())
  const { port, auth } = configuration.gateway ?? {}
  const { misbehave } = configuration
  if (misbehave === 'refuse') process.exit(78)
  const token = readFileSync(configuration.secrets.providers[auth.token.provider].path, 'utf8')
  const startedAt = Date.now()
  const jobs = new Map()
  console.log(`${new Date().toISOString()} [gateway] starting with ${token}`)
  console.log(`${new Date().toISOString()} [conversation] what a person said`)
  // Something in a session of its own, as the real gateway has it.
  spawn(process.execPath, ['-e', 'process.on("disconnect", () => process.exit()); setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  process.on('SIGTERM', () => {
    if (misbehave !== 'ignore-sigterm') process.exit(0)
  })
  const methods = {
    'config.get': () => ({ valid: true, hash: read(), configRevisionHash: read(), appliedConfigHash: read() }),
    'channels.status': () => ({ channelAccounts: {} }),
    'cron.list': () => ({ jobs: [...jobs.values()] }),
    'cron.add': (job) => jobs.set(job.declarationKey, { ...job, id: job.declarationKey }).get(job.declarationKey),
    'cron.remove': ({ id }) => ({ removed: jobs.delete(id) }),
  }
  const serve = async (request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (request.url === '/readyz') return answer(200, { ready: true, failing: [], uptimeMs: Date.now() - startedAt })
    if (request.url === '/startupz') return answer(200, { ok: true, version, uptimeMs: Date.now() - startedAt })
    if (request.url === '/exit') return process.exit(3)
    if (request.url !== '/api/v1/admin/rpc') return answer(200, { page: 'control ui' })
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { ok: false })
    let text = ''
    for await (const chunk of request) text += chunk
    const { method, params } = JSON.parse(text)
    return answer(200, { ok: true, payload: methods[method](params) })
  }
  createServer((request, response) => void serve(request, response)).listen(port, '127.0.0.1')
}
