/** Shapes of secrets that programs are known to print. */
const SHAPES = [
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g,
  /\b(?:sk|pk|rk)-[\w-]{12,}/g,
  /\bxox[a-z]-[\w-]{8,}/g,
  /\bxapp-[\w-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[oprsu]_\w{20,}/g,
  /\bgithub_pat_\w{20,}/g,
  /\bglpat-[\w-]{16,}/g,
  /\b[rs]k_(?:live|test)_\w{12,}/g,
  /\b\d{6,12}:[\w-]{30,}/g,
  /(?<=(?:token|api[-_]?key|password|secret)["']?\s*[=:]\s*["']?)[^\s"',&]{8,}/gi,
]

/** A line of log without secrets: those that are known by value, and whatever looks like one. */
export function redact(text: string, known: readonly string[] = []): string {
  const withoutKnown = known
    .filter((value) => value.length >= 8)
    .reduce((line, value) => line.replaceAll(value, '[redacted]'), text)
  return SHAPES.reduce((line, shape) => line.replace(shape, '[redacted]'), withoutKnown)
}
