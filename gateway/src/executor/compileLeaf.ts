import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
  isEnumType,
} from 'graphql'
import { isDeeperThan, maxJsonDepth } from './jsonDepth.ts'
import { writeString } from './writeString.ts'

/** The JSON text of the value as the client gets it, or undefined when it is not one of the type. */
export type WriteLeaf = (value: unknown) => string | undefined

/**
 * Compiles the writing of a leaf value that a subgraph has already serialised: the built-in scalars as the spec bounds them, an enum's values as
 * clients know them. A number for an ID becomes a string. Custom scalars pass, unless nested too deeply to be written.
 */
export function compileLeaf(type: GraphQLLeafType): WriteLeaf {
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, `"${name}"`]))
    return (value) => texts.get(value)
  }
  switch (type.name) {
    case GraphQLInt.name:
      // `| 0` is the value itself only for a whole number of 32 bits.
      return (value) => (typeof value === 'number' && (value | 0) === value ? String(value) : undefined)
    case GraphQLFloat.name:
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined)
    case GraphQLString.name:
      return (value) => (typeof value === 'string' ? writeString(value) : undefined)
    case GraphQLBoolean.name:
      return (value) => (typeof value === 'boolean' ? String(value) : undefined)
    case GraphQLID.name:
      return (value) => {
        if (typeof value === 'string') return writeString(value)
        return typeof value === 'number' && Number.isInteger(value) ? `"${value}"` : undefined
      }
    default:
      return (value) => {
        if (typeof value === 'string') return writeString(value)
        if (typeof value === 'object' && isDeeperThan(value, maxJsonDepth)) return undefined
        // Undefined for the mark of a failure, a symbol.
        return JSON.stringify(value)
      }
  }
}
