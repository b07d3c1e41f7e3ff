import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js'
import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql'
import { type ComposedGraph, composeGraph } from './ComposedGraph.ts'
import type { Graph } from './graphs/Graph.ts'
import type { Thing } from './Thing.ts'
import { bothShapes, type ValueShape, valueShape } from './ValueShape.ts'

/** A composed graph with its subgraphs' executable schemas, whose context finds entities. */
export type SubgraphGraph = ComposedGraph & {
  schemas: ReadonlyMap<string, GraphQLSchema>
  /** The text of a request to a subgraph, parsed. Throws when it is not valid there. */
  read(subgraph: string, text: string): { schema: GraphQLSchema; document: DocumentNode }
  /** What there is to know about a field of an object type, of the merged schema. */
  field(typename: string, field: string): DataField
}

export type DataField = {
  shape: ValueShape
  /** Whether an error here has the same effect in all subgraphs and in the merged schema. */
  mayThrow: boolean
  /** Whether all subgraphs, and so the merged schema, say that it is never null. */
  isNonNullEverywhere: boolean
  requires: SelectionSetNode | undefined
  /** Whether some `@requires` takes it. */
  isRequired: boolean
  /** Whether a null here may travel up to something that some `@requires` takes: then a subgraph is given null for it. */
  nullsRequired: boolean
}

/** Composes a graph and makes its subgraphs executable. */
export function buildSubgraphGraph(graph: Graph): SubgraphGraph {
  const composed = composeGraph(graph)
  const schemas = new Map([...composed.subgraphs].map(([name, { sdl, keys }]) => [name, buildSchema(sdl, keys)]))
  const required = requiredCoordinates(composed)
  const requiredTypes = withNonNullBelow(
    composed,
    [...required].map((coordinate) => coordinate.split('.')[0] ?? ''),
  )
  const fields = new Map<string, Omit<DataField, 'isRequired' | 'nullsRequired'>>()
  return {
    ...composed,
    schemas,
    read: createReader(schemas),
    field(typename, field) {
      const coordinate = `${typename}.${field}`
      const known = fields.get(coordinate) ?? readField(composed, schemas, { typename, field })
      fields.set(coordinate, known)
      const isRequired = required.has(coordinate)
      const nullsRequired = isRequired || (known.shape.isNonNull && requiredTypes.has(typename))
      return { ...known, mayThrow: known.mayThrow && !nullsRequired, isRequired, nullsRequired }
    },
  }
}

/** Each operation is run several times: what it asks of subgraphs is parsed and validated once. */
function createReader(schemas: ReadonlyMap<string, GraphQLSchema>): SubgraphGraph['read'] {
  const known = new Map<string, { schema: GraphQLSchema; document: DocumentNode }>()
  return (subgraph, text) => {
    const key = `${subgraph} ${text}`
    const before = known.get(key)
    if (before) return before
    const schema = schemas.get(subgraph)
    if (!schema) throw new Error(`Expected a subgraph, got ${subgraph}`)
    const document = parse(text, { noLocation: true })
    const [invalid] = validate(schema, document)
    if (invalid) throw new Error(`${subgraph} was asked ${text}`, { cause: invalid })
    if (known.size >= maxKnownRequests) known.clear()
    known.set(key, { schema, document })
    return { schema, document }
  }
}

const maxKnownRequests = 100

type Fields = Readonly<Record<string, unknown>>
const findEntity = (reference: Fields, { find }: Finder) => find(reference)
const __resolveType = ({ typename }: Thing) => typename

type Finder = { find(representation: Fields): Thing }

function buildSchema(sdl: string, entities: ReadonlyMap<string, unknown>): GraphQLSchema {
  const resolvers: [string, object][] = [...entities.keys()].map((name) => [name, { __resolveReference: findEntity }])
  const typeDefs = parse(sdl)
  for (const definition of typeDefs.definitions) {
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue
    const name = definition.name.value
    resolvers.push([name, { __resolveType, ...(entities.has(name) && { __resolveReference: findEntity }) }])
  }
  return buildSubgraphSchema({
    typeDefs,
    // Resolvers here are plain functions: Apollo's map takes any.
    resolvers: Object.fromEntries(resolvers) as GraphQLResolverMap<unknown>,
  })
}

function readField(
  graph: ComposedGraph,
  schemas: ReadonlyMap<string, GraphQLSchema>,
  { typename, field }: { typename: string; field: string },
): Omit<DataField, 'isRequired' | 'nullsRequired'> {
  const shapes: ValueShape[] = []
  let requires: SelectionSetNode | undefined
  let isOfInterfaceObject = false
  for (const [name, { interfaceObjects, requires: requiresOf }] of graph.subgraphs) {
    const schema = schemas.get(name)
    const stands = [typename, ...[...interfaceObjects].filter((one) => graph.concreteTypes(one).includes(typename))]
    for (const stand of stands) {
      const type = schema?.getType(stand)
      if (!schema || !isObjectType(type) || !graph.isOwner(name, stand, field)) continue
      const definition = type.getFields()[field]
      if (definition) shapes.push(valueShape(schema, definition.type, graph.concreteTypes))
      requires ??= requiresOf(stand, field)
      isOfInterfaceObject ||= interfaceObjects.has(stand)
    }
  }
  const [first, ...others] = shapes
  if (!first) throw new Error(`Expected some subgraph to have ${typename}.${field}`)
  return {
    shape: others.reduce(bothShapes, first),
    // A plan asks an interface object for what the client asks of one type alone: a null must not travel up there.
    mayThrow:
      !(isOfInterfaceObject && first.isNonNull) &&
      others.every((other) => JSON.stringify(other) === JSON.stringify(first)),
    isNonNullEverywhere: shapes.every(({ isNonNull }) => isNonNull),
    requires,
  }
}

/** All fields that some `@requires` takes. */
function requiredCoordinates(graph: ComposedGraph): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { requirements } of graph.subgraphs.values()) {
    for (const { typename, selectionSet } of requirements) collect(typename, selectionSet)
  }
  return found

  function collect(typename: string, { selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        collect(selection.typeCondition?.name.value ?? typename, selection.selectionSet)
      if (selection.kind !== Kind.FIELD) continue
      for (const concrete of graph.concreteTypes(typename)) found.add(`${concrete}.${selection.name.value}`)
      const type = graph.fullSchema.getType(typename)
      if (!selection.selectionSet || !(isObjectType(type) || isInterfaceType(type))) continue
      const field = type.getFields()[selection.name.value]
      if (field) collect(String(field.type).replace(/[[\]!]/g, ''), selection.selectionSet)
    }
  }
}

/** The types, and those whose nulls travel up into them. */
function withNonNullBelow(graph: ComposedGraph, types: readonly string[]): ReadonlySet<string> {
  const found = new Set(types)
  // A set that grows while it is walked is walked to its end.
  for (const typename of found) {
    const type = graph.fullSchema.getType(typename)
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (!isNonNullType(field.type)) continue
      for (const one of graph.concreteTypes(getNamedType(field.type).name)) found.add(one)
    }
  }
  return found
}
