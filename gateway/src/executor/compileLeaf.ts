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

/** The value as the client gets it, or undefined when it is not one of the type. */
export type ReadLeaf = (value: unknown) => unknown

/**
 * Compiles the check of a leaf value that a subgraph has already serialised: the built-in scalars as the spec bounds them, an enum's values as
 * clients know them. A number for an ID becomes a string. Custom scalars pass, unless nested too deeply to be written.
 */
export function compileLeaf(type: GraphQLLeafType): ReadLeaf {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name))
    return (value) => (typeof value === 'string' && names.has(value) ? value : undefined)
  }
  switch (type.name) {
    case GraphQLInt.name:
      // `| 0` is the value itself only for a whole number of 32 bits.
      return (value) => (typeof value === 'number' && (value | 0) === value ? value : undefined)
    case GraphQLFloat.name:
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
    case GraphQLString.name:
      return (value) => (typeof value === 'string' ? value : undefined)
    case GraphQLBoolean.name:
      return (value) => (typeof value === 'boolean' ? value : undefined)
    case GraphQLID.name:
      return (value) => {
        if (typeof value === 'string') return value
        return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined
      }
    default:
      return (value) =>
        typeof value === 'symbol' || (typeof value === 'object' && isDeeperThan(value, maxJsonDepth))
          ? undefined
          : value
  }
}
