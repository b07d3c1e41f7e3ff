import {
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql'

/** What a subgraph's schema says about its fields in federation's directives. */
export type SubgraphFields = {
  /** Types that stand for an interface of other subgraphs. */
  interfaceObjects: ReadonlySet<string>
  /** The field sets of the `@key`s of each type that has some. */
  keys: ReadonlyMap<string, readonly SubgraphKey[]>
  /** Whether the subgraph gives the field's values, apart from `@override`. */
  resolves(typename: string, field: string): boolean
  /** Whether a `@provides` of the subgraph may ask it for a field of this name although it is external. */
  provides(field: string): boolean
  requires(typename: string, field: string): SelectionSetNode | undefined
  requirements: readonly { typename: string; selectionSet: SelectionSetNode }[]
  /** Fields that this subgraph takes over from another. */
  overrides: readonly { typename: string; field: string; from: string }[]
}

export type SubgraphKey = { selectionSet: SelectionSetNode; isResolvable: boolean }

/** Reads the directives of a subgraph's schema, in which each type stands once. */
export function readSubgraphFields(document: DocumentNode): SubgraphFields {
  const interfaceObjects = new Set<string>()
  const keys = new Map<string, readonly SubgraphKey[]>()
  const resolved = new Set<string>()
  const provided = new Set<string>()
  const requires = new Map<string, SelectionSetNode>()
  const requirements: { typename: string; selectionSet: SelectionSetNode }[] = []
  const overrides: { typename: string; field: string; from: string }[] = []
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue
    const typename = definition.name.value
    if (argumentOf(definition, 'interfaceObject')) interfaceObjects.add(typename)
    const keysHere = keysOf(definition)
    if (keysHere.length > 0) keys.set(typename, keysHere)
    for (const field of definition.fields ?? []) {
      const coordinate = `${typename}.${field.name.value}`
      if (!argumentOf(definition, 'external') && !argumentOf(field, 'external')) resolved.add(coordinate)
      const required = argumentOf(field, 'requires')
      if (required) {
        requires.set(coordinate, selectionSetOf(required.value))
        requirements.push({ typename, selectionSet: selectionSetOf(required.value) })
      }
      for (const name of argumentOf(field, 'provides')?.value.match(/\w+/g) ?? []) provided.add(name)
      const override = argumentOf(field, 'override')
      if (override) overrides.push({ typename, field: field.name.value, from: override.value })
    }
  }
  return {
    interfaceObjects,
    keys,
    resolves: (typename, field) => resolved.has(`${typename}.${field}`),
    provides: (field) => provided.has(field),
    requires: (typename, field) => requires.get(`${typename}.${field}`),
    requirements,
    overrides,
  }
}

/** The first string argument of a directive, empty if it has none; undefined without the directive. */
function argumentOf(
  { directives }: FieldDefinitionNode | { directives?: readonly DirectiveNode[] },
  name: string,
): { value: string } | undefined {
  const directive = directives?.find((one) => one.name.value === name)
  if (!directive) return undefined
  const value = directive.arguments?.[0]?.value
  return { value: value?.kind === Kind.STRING ? value.value : '' }
}

function keysOf({ directives = [] }: { directives?: readonly DirectiveNode[] }): readonly SubgraphKey[] {
  return directives.flatMap(({ name, arguments: args = [] }) => {
    const fields = args.find((one) => one.name.value === 'fields')?.value
    const resolvable = args.find((one) => one.name.value === 'resolvable')?.value
    if (name.value !== 'key' || fields?.kind !== Kind.STRING) return []
    const isResolvable = resolvable?.kind !== Kind.BOOLEAN || resolvable.value
    return [{ selectionSet: selectionSetOf(fields.value), isResolvable }]
  })
}

function selectionSetOf(fields: string): SelectionSetNode {
  const [operation] = parse(`{ ${fields} }`, { noLocation: true }).definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('Expected a selection set')
  return operation.selectionSet
}
