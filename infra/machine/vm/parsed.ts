/** A JSON object; undefined for any other text. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // The parser's own message would quote the text.
    return undefined
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length <= maxLength

/** A list of at most `maxItems` texts. */
export const isTexts = (value: unknown, maxItems: number, maxLength: number): value is readonly string[] =>
  Array.isArray(value) && value.length <= maxItems && value.every((item) => isText(item, maxLength))
