/** What JSON escapes in a string: quotes, backslashes, control characters, and halves of surrogate pairs, for which whole pairs count too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/

/** The JSON text of a string, as `JSON.stringify` writes it; quicker for the short plain ones that most are. */
export function writeString(value: string): string {
  return value.length > maxPlainLength || escaped.test(value) ? JSON.stringify(value) : `"${value}"`
}

/** From about here on `JSON.stringify`, which looks at many characters at a time, is quicker. */
const maxPlainLength = 256
