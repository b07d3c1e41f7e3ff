import {
  type FieldNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  valueFromASTUntyped,
  visit,
} from 'graphql'

/**
 * How a subscription that was lost goes on where it was, by the convention that we follow: behind the argument `after`, a whole number, every event
 * comes in order, each with a higher `seq`; without `after` the first event is the newest there is, and every later one follows.
 */
export type SubscriptionCursor = {
  /** The operation to send: it selects `seq`. */
  query: string
  /** The variable that `after` is given by, if it is by one. */
  variable: string | undefined
  /** Where the operation begins with these variables. */
  begin(variables: Readonly<Record<string, unknown>>): StreamBegin
  /** Where in an upstream event `seq` is. */
  read(data: Readonly<Record<string, unknown>>): number | undefined
  /** The operation that begins behind a `seq`, and the names of the variables that it uses. */
  after(seq: number): { query: string; usesVariable(name: string): boolean }
}

/** With what is now, behind a `seq`, or at a place that we cannot compare. */
export type StreamBegin = { kind: 'now' } | { kind: 'behind'; seq: number } | { kind: 'elsewhere' }

/**
 * Gives the {@link SubscriptionCursor} of an operation for a subgraph; undefined when its root field takes no argument `after`, or gives
 * no object with a field `seq`.
 */
export function subscriptionCursor(query: string, schema: GraphQLSchema): SubscriptionCursor | undefined {
  const operation = parse(query).definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
  const root = operation?.selectionSet.selections[0]
  if (!operation || root?.kind !== Kind.FIELD || !root.selectionSet) return undefined
  const field = schema.getSubscriptionType()?.getFields()[root.name.value]
  if (!field || !isObjectType(field.type) || !field.type.getFields().seq) return undefined
  const position = field.args.find((argument) => argument.name === 'after')
  if (!position) return undefined
  const selections = root.selectionSet.selections
  const isTaken = selections.some(
    (one) => one.kind === Kind.FIELD && responseName(one) === 'seq' && one.name.value !== 'seq',
  )
  if (isTaken) return undefined
  const withSeq: FieldNode = selections.some((one) => one.kind === Kind.FIELD && responseName(one) === 'seq')
    ? root
    : { ...root, selectionSet: { ...root.selectionSet, selections: [...selections, named('seq')] } }
  const name = responseName(root)
  const given = root.arguments?.find((argument) => argument.name.value === 'after')?.value
  const variable = given?.kind === Kind.VARIABLE ? given.name.value : undefined
  return {
    variable,
    begin(variables) {
      const value = given ? valueFromASTUntyped(given, variables) : undefined
      const after = value === undefined ? position.defaultValue : value
      if (after === undefined || after === null) return { kind: 'now' }
      return typeof after === 'number' ? { kind: 'behind', seq: after } : { kind: 'elsewhere' }
    },
    query: printOperation(operation, withSeq),
    read(data) {
      const event = data[name]
      if (typeof event !== 'object' || event === null || !('seq' in event)) return undefined
      return typeof event.seq === 'number' ? event.seq : undefined
    },
    after(seq) {
      const others = (root.arguments ?? []).filter((argument) => argument.name.value !== 'after')
      const after = {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'after' },
        value: { kind: Kind.INT, value: String(seq) },
      } as const
      const behind: FieldNode = { ...withSeq, arguments: [...others, after] }
      const used = new Set<string>()
      visit(behind, { Variable: ({ name: { value } }) => void used.add(value) })
      const definitions = operation.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value)) ?? []
      return {
        query: printOperation({ ...operation, variableDefinitions: definitions }, behind),
        usesVariable: (variable) => used.has(variable),
      }
    },
  }
}

function printOperation(operation: OperationDefinitionNode, root: FieldNode): string {
  return stripIgnoredCharacters(
    print({ ...operation, selectionSet: { ...operation.selectionSet, selections: [root] } }),
  )
}

function responseName({ alias, name }: FieldNode): string {
  return alias?.value ?? name.value
}

function named(value: string): FieldNode {
  return { kind: Kind.FIELD, name: { kind: Kind.NAME, value } }
}
