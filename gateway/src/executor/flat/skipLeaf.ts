/** The JSON is written otherwise than `JSON.stringify` writes it. */
export const otherSpelling = -1
/** It is no JSON. */
export const notJson = 0

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39

/**
 * Gives where the JSON value that begins at `at` ends: a string, number, true, false or null, or a list or an object of a custom scalar. Or {@link otherSpelling}, or
 * {@link notJson}. `isRespelt` says that `JSON.stringify` has written it: then no number and no escape is foreign.
 */
export function skipLeaf(bytes: Buffer, at: number, isRespelt: boolean): number {
  const first = bytes[at]
  if (first === quote) return skipString(bytes, at + 1, isRespelt)
  if (first === minus || (first !== undefined && first >= zero && first <= nine))
    return skipNumber(bytes, at, isRespelt)
  if (first === 0x74) return isWord(bytes, at, trueWord) ? at + 4 : notJson
  if (first === 0x66) return isWord(bytes, at, falseWord) ? at + 5 : notJson
  if (first === 0x6e) return isWord(bytes, at, nullWord) ? at + 4 : notJson
  if (first === 0x5b || first === 0x7b) return skipNested(bytes, at, isRespelt)
  return isSpace(first) ? otherSpelling : notJson
}

/** White space between the tokens of JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

export function isWord(bytes: Buffer, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}

const trueWord = Buffer.from('true')
const falseWord = Buffer.from('false')
export const nullWord = Buffer.from('null')

function skipString(bytes: Buffer, from: number, isRespelt: boolean): number {
  const { length } = bytes
  for (let at = from; at < length; at++) {
    // Below the length, here and everywhere: undefined compares like NaN, which no branch takes.
    const byte = bytes[at] as number
    if (byte === quote) return at + 1
    if (byte < 0x20) return notJson
    if (byte === backslash) {
      at++
      if (!shortEscapes.includes(bytes[at] as number) && !isRespelt) return otherSpelling
    }
  }
  return notJson
}

/** The letters of the escapes that `JSON.stringify` writes, but for those with a number: `"\bfnrt`. */
const shortEscapes = Buffer.from('"\\bfnrt')

/** Up to 15 digits a number is printed as it was written, if that was without an exponent and without zeros to spare. */
const maxDigits = 15
/** From here on behind the point, small numbers are printed with an exponent. */
const maxLeadingZeros = 5

function skipNumber(bytes: Buffer, from: number, isRespelt: boolean): number {
  let at = from
  if (bytes[at] === minus) at++
  const start = at
  let byte = bytes[at] as number
  while (byte >= zero && byte <= nine) byte = bytes[++at] as number
  const digits = at - start
  if (digits === 0) return notJson
  const isZero = bytes[start] === zero
  if (isZero && digits > 1) return notJson
  if (byte === dot || byte === 0x65 || byte === 0x45)
    return isRespelt ? skipRest(bytes, at) : skipFraction(bytes, at, isZero, digits)
  if (isRespelt) return at
  return digits > maxDigits || (isZero && start > from) ? otherSpelling : at
}

function skipFraction(bytes: Buffer, point: number, isZero: boolean, digits: number): number {
  if (bytes[point] !== dot) return otherSpelling
  let at = point + 1
  let leadingZeros = 0
  let byte = bytes[at] as number
  if (isZero) {
    while (byte === zero) {
      leadingZeros++
      byte = bytes[++at] as number
    }
  }
  while (byte >= zero && byte <= nine) byte = bytes[++at] as number
  const hasExponent = byte === 0x65 || byte === 0x45
  const isPlain = at > point + 1 && bytes[at - 1] !== zero && digits + at - point - 1 <= maxDigits
  // What is no number is seen when it is written anew.
  return isPlain && !hasExponent && leadingZeros <= maxLeadingZeros ? at : otherSpelling
}

/** The rest of a number that is known to be one. */
function skipRest(bytes: Buffer, from: number): number {
  let at = from
  while (numberBytes.includes(bytes[at] as number)) at++
  return at
}

const numberBytes = Buffer.from('0123456789.eE+-')

/** A list or an object in one piece: rare enough to let `JSON.parse` say what it is. */
function skipNested(bytes: Buffer, from: number, isRespelt: boolean): number {
  const end = findEnd(bytes, from)
  if (end === undefined) return notJson
  if (isRespelt) return end
  const text = bytes.toString('utf8', from, end)
  try {
    return JSON.stringify(JSON.parse(text)) === text ? end : otherSpelling
  } catch {
    return notJson
  }
}

/** Where the brackets that open at `from` are all closed. */
function findEnd(bytes: Buffer, from: number): number | undefined {
  let depth = 0
  let isInString = false
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isInString) {
      if (byte === backslash) at++
      else if (byte === quote) isInString = false
    } else if (byte === quote) isInString = true
    else if (byte === 0x5b || byte === 0x7b) depth++
    else if ((byte === 0x5d || byte === 0x7d) && --depth === 0) return at + 1
  }
  return undefined
}
