import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
  isEnumType,
} from 'graphql'
import { isText } from './flatText.ts'

/** How a leaf of the type is written that stands in these bytes as `JSON.stringify` spells it: as it stands, in quotes, or not at all, as it is none. */
export type WriteFlatLeaf = (bytes: Buffer, start: number, end: number) => 'copy' | 'quote' | undefined

/** Compiles what `compileLeaf` does with a value, for its JSON text. */
export function compileFlatLeaf(type: GraphQLLeafType): WriteFlatLeaf {
  if (isEnumType(type)) {
    const texts = type.getValues().map(({ name }) => Buffer.from(`"${name}"`))
    return (bytes, start, end) => (texts.some((text) => isText(bytes, start, end, text)) ? 'copy' : undefined)
  }
  switch (type.name) {
    case GraphQLInt.name:
      return (bytes, start, end) => (isWhole(bytes, start, end) && fitsInt(bytes, start, end) ? 'copy' : undefined)
    case GraphQLFloat.name:
      return (bytes, start) => (isNumber(bytes[start]) ? 'copy' : undefined)
    case GraphQLString.name:
      return (bytes, start) => (bytes[start] === quote ? 'copy' : undefined)
    case GraphQLBoolean.name:
      return (bytes, start) => (bytes[start] === 0x74 || bytes[start] === 0x66 ? 'copy' : undefined)
    case GraphQLID.name:
      return (bytes, start, end) => {
        if (bytes[start] === quote) return 'copy'
        return isWhole(bytes, start, end) ? 'quote' : undefined
      }
    default:
      // A list or an object may be nested too deeply to be written: that is not looked at here.
      return (bytes, start) => (bytes[start] === 0x5b || bytes[start] === 0x7b ? undefined : 'copy')
  }
}

const quote = 0x22
const minus = 0x2d

function isNumber(byte: number | undefined): boolean {
  return byte === minus || (byte !== undefined && byte >= 0x30 && byte <= 0x39)
}

/** Whether a number is whole by its spelling: one with an exponent is left to who reads it. */
function isWhole(bytes: Buffer, start: number, end: number): boolean {
  if (!isNumber(bytes[start])) return false
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}

/** Nine digits always fit into 32 bits. */
const safeDigits = 9

function fitsInt(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= safeDigits) return true
  const value = Number(bytes.toString('latin1', start, end))
  return (value | 0) === value
}
