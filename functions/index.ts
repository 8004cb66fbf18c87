import { readEnvironment } from './environment.ts'
import { register } from './register.ts'
import { wiring } from './wiring.ts'

register(wiring(readEnvironment(process.env)))
