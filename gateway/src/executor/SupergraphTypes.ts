import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql'

/** What the executor asks of the supergraph's types, those that clients do not see included. */
export type SupergraphTypes = {
  /** Whether an object of the type, which may be an interface where an `@interfaceObject` stands for it, satisfies the type condition. */
  satisfies(typename: string, condition: string): boolean
  /** Whether this is the name of an object type. */
  isObject(typename: string): boolean
  /** The top-level fields of each `@key` that the subgraph declares for the type; empty when it has none. */
  keysOf(typename: string, subgraph: string): readonly (readonly string[])[]
  /** The top-level fields of the `@requires` that the subgraph declares for the field, if it does. */
  requiredBy(typename: string, field: string, subgraph: string): ReadonlySet<string> | undefined
}

/** {@link SupergraphTypes} over the full supergraph schema; keys and requirements come from the subgraphs, which declare them. */
export function createSupergraphTypes(
  schema: GraphQLSchema,
  declared: Pick<SupergraphTypes, 'keysOf' | 'requiredBy'>,
): SupergraphTypes {
  return {
    satisfies(typename, condition) {
      if (typename === condition) return true
      const type = schema.getType(typename)
      const wanted = schema.getType(condition)
      return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type)
    },
    isObject: (typename) => isObjectType(schema.getType(typename)),
    ...declared,
  }
}
