import { readEnvironment } from './environment.ts'
import { register } from './register.ts'
import { answerUnreadInJson } from './unread.ts'
import { wiring } from './wiring.ts'

const wired = wiring(readEnvironment(process.env))
answerUnreadInJson(wired.log)
register(wired)
