import fc, { type Arbitrary } from 'fast-check'
import {
  doTypesOverlap,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql'
import type { Draft, DraftCondition, DraftField, DraftFragment, DraftSelection, DraftValue } from './Draft.ts'

/** Names that every object inherits, names that federation uses itself, and plain ones. */
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'representations',
  '_entities',
  'id',
  'a',
  'b',
]

const maxDepth = 3
const maxInputDepth = 2

/** Random operations on a schema: bounded in depth and size, shrinking towards one field. */
export function draftArbitrary(schema: GraphQLSchema): Arbitrary<Draft> {
  const known = new Map<string, Arbitrary<readonly DraftSelection[]>>()
  const composites = Object.values(schema.getTypeMap()).filter(
    (type) => isCompositeType(type) && !type.name.startsWith('__'),
  ) as GraphQLCompositeType[] // The filter has seen to it.

  const operations = (['query', 'mutation'] as const).flatMap((operation) => {
    const type = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
    if (!type) return []
    const arbitrary = fc.record({ operation: fc.constant(operation), selections: selections(type, maxDepth) })
    return [{ arbitrary, weight: operation === 'query' ? 9 : 1 }]
  })
  return fc.oneof(...operations)

  function selections(type: GraphQLCompositeType, depth: number): Arbitrary<readonly DraftSelection[]> {
    const key = `${type.name} ${depth}`
    const arbitrary =
      known.get(key) ??
      fc.array(
        fc.oneof(
          { arbitrary: field(type, depth), weight: 6 },
          { arbitrary: fragment(type, depth), weight: depth > 0 ? 2 : 0 },
        ),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
    known.set(key, arbitrary)
    return arbitrary
  }

  function field(type: GraphQLCompositeType, depth: number): Arbitrary<DraftField> {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields())
    const leaves = fields.filter((one) => !isCompositeType(getNamedType(one.type)))
    const composite = depth > 0 ? fields.filter((one) => isCompositeType(getNamedType(one.type))) : []
    const typename = fieldOf('__typename', [], fc.constant([]))
    const options = [
      ...leaves.map((one) => ({ arbitrary: fieldOf(one.name, one.args, fc.constant([])), weight: 3 })),
      ...composite.map((one) => ({ arbitrary: compositeField(one, depth - 1), weight: 4 })),
      { arbitrary: typename, weight: 2 },
    ]
    return fc.oneof(...options)
  }

  function compositeField({ name, type, args }: GraphQLField<unknown, unknown>, depth: number): Arbitrary<DraftField> {
    const named = getNamedType(type)
    if (!isCompositeType(named)) throw new Error('Expected a field with a selection set')
    // Built when it is needed: types contain each other.
    return fieldOf(
      name,
      args,
      fc.constant(undefined).chain(() => selections(named, depth)),
    )
  }

  function fieldOf(
    name: string,
    args: readonly GraphQLArgument[],
    children: Arbitrary<readonly DraftSelection[]>,
  ): Arbitrary<DraftField> {
    return fc.record({
      kind: fc.constant('field' as const),
      name: fc.constant(name),
      alias: sometimes(fc.constantFrom(...oddNames), 4),
      args: inputs(args, isRequiredArgument, maxInputDepth),
      conditions: conditions(),
      selections: children,
    })
  }

  function fragment(type: GraphQLCompositeType, depth: number): Arbitrary<DraftFragment> {
    const overlapping = composites.filter((other) => doTypesOverlap(schema, type, other))
    return fc.constantFrom(undefined, type, ...overlapping).chain((on) =>
      fc.record({
        kind: fc.constant('fragment' as const),
        on: fc.constant(on?.name),
        name: on ? sometimes(fc.constantFrom('F', 'constructor', '__proto__'), 2) : fc.constant(undefined),
        isReused: fc.boolean(),
        conditions: conditions(),
        selections: selections(on ?? type, depth - 1),
      }),
    )
  }
}

/** The value once in so many times, undefined else. */
function sometimes<Value>(arbitrary: Arbitrary<Value>, times: number): Arbitrary<Value | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: times - 1 }, { arbitrary, weight: 1 })
}

function conditions(): Arbitrary<readonly DraftCondition[]> {
  const condition = fc.record({
    directive: fc.constantFrom('skip' as const, 'include' as const),
    value: fc.boolean(),
    variable: fc.constantFrom(undefined, 'yes', 'no', '__proto__', 'toString'),
  })
  return fc.oneof(
    { arbitrary: fc.constant([]), weight: 8 },
    {
      arbitrary: fc.uniqueArray(condition, { selector: ({ directive }) => directive, minLength: 1, maxLength: 2 }),
      weight: 1,
    },
  )
}

function inputs<Input extends GraphQLArgument | GraphQLInputField>(
  definitions: readonly Input[],
  isRequired: (definition: Input) => boolean,
  depth: number,
): Arbitrary<Readonly<Record<string, DraftValue>>> {
  const possible = definitions.filter((one) => depth > 0 || isRequired(one))
  return fc.record(Object.fromEntries(possible.map((one) => [one.name, input(one.type, depth)])), {
    requiredKeys: possible.filter(isRequired).map(({ name }) => name),
    noNullPrototype: true,
  })
}

function input(type: GraphQLInputType, depth: number): Arbitrary<DraftValue> {
  const whole = fc.record({
    kind: fc.constant('value' as const),
    json: json(type, depth),
    variable: sometimes(fc.constantFrom('v', ...oddNames), 2),
    role: fc.constantFrom('given' as const, 'default' as const, 'absent' as const),
  })
  const nullable = isNonNullType(type) ? type.ofType : type
  if (isInputObjectType(nullable)) {
    const fields = inputs(Object.values(nullable.getFields()), isRequiredInputField, depth - 1)
    return fc.oneof(whole, fc.record({ kind: fc.constant('object' as const), fields }))
  }
  if (isListType(nullable)) {
    const items = fc.array(input(nullable.ofType, depth), { maxLength: 2 })
    return fc.oneof(whole, fc.record({ kind: fc.constant('list' as const), items }))
  }
  return whole
}

/** A raw value of a variable. */
function json(type: GraphQLInputType, depth: number): Arbitrary<unknown> {
  if (!isNonNullType(type))
    return fc.oneof({ arbitrary: fc.constant(null), weight: 1 }, { arbitrary: present(type, depth), weight: 4 })
  return present(type.ofType, depth)
}

function present(type: GraphQLInputType, depth: number): Arbitrary<unknown> {
  if (isNonNullType(type)) return present(type.ofType, depth)
  if (isListType(type)) return fc.array(json(type.ofType, depth), { maxLength: 2 })
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((one) => depth > 0 || isRequiredInputField(one))
    return fc.record(Object.fromEntries(fields.map((one) => [one.name, json(one.type, depth - 1)])), {
      requiredKeys: fields.filter(isRequiredInputField).map(({ name }) => name),
      noNullPrototype: true,
    })
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name))
  switch (type.name) {
    case 'Int':
      return fc.integer({ min: 0, max: 9 })
    case 'Float':
      return fc.integer({ min: 0, max: 9 }).map((number) => number / 2)
    case 'Boolean':
      return fc.boolean()
    case 'ID':
    case 'String':
      return fc.constantFrom('x', '', 'a "quoted" \\ text\n', '\u2028é')
    default:
      return fc.constantFrom<unknown>(1, 'any', true, [1, 'two'], { a: { b: [3] } })
  }
}
