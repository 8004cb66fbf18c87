import { readEnvironment } from './environment.ts'
import { register } from './register.ts'
import { answerUnreadInJson } from './unread.ts'
import { wiring } from './wiring.ts'

answerUnreadInJson()
register(wiring(readEnvironment(process.env)))
