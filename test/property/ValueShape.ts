import {
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'

/** What a field's value must be like to please every subgraph that gives it. */
export type ValueShape = { isNonNull: boolean } & (
  | { kind: 'list'; item: ValueShape }
  | { kind: 'leaf'; type: string; values: readonly string[] | undefined }
  | { kind: 'object'; types: readonly string[] }
)

/**
 * The shape of a field in one schema.
 *
 * @param concreteTypes the object types behind a composite type's name, where this schema knows it as an object.
 */
export function valueShape(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  concreteTypes: (typename: string) => readonly string[],
): ValueShape {
  const isNonNull = isNonNullType(type)
  const nullable = isNonNull ? type.ofType : type
  if (isListType(nullable)) return { kind: 'list', isNonNull, item: valueShape(schema, nullable.ofType, concreteTypes) }
  if (isLeafType(nullable)) {
    const values = isEnumType(nullable) ? nullable.getValues().map(({ name }) => name) : undefined
    return { kind: 'leaf', isNonNull, type: nullable.name, values }
  }
  const types = isAbstractType(nullable) ? schema.getPossibleTypes(nullable) : [nullable]
  return { kind: 'object', isNonNull, types: types.flatMap(({ name }) => concreteTypes(name)) }
}

/** What pleases both. */
export function bothShapes(one: ValueShape, other: ValueShape): ValueShape {
  const isNonNull = one.isNonNull || other.isNonNull
  if (one.kind === 'list' && other.kind === 'list') {
    return { kind: 'list', isNonNull, item: bothShapes(one.item, other.item) }
  }
  if (one.kind === 'object' && other.kind === 'object') {
    return { kind: 'object', isNonNull, types: one.types.filter((type) => other.types.includes(type)) }
  }
  if (one.kind === 'leaf' && other.kind === 'leaf') {
    return { ...one, isNonNull, values: one.values?.filter((value) => other.values?.includes(value)) }
  }
  throw new Error('Expected the field to have one shape in all subgraphs')
}
