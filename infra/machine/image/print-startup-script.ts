// Prints the startup script, to look at or to make an image with.
import { startupScript } from '../vm/startup-script.ts'

process.stdout.write((await startupScript()).text)
