import {
  type DefinitionNode,
  type DocumentNode,
  isTypeDefinitionNode,
  Kind,
  OperationTypeNode,
  parse,
  print,
} from 'graphql'
import { addEntityRoots, isResolvable } from './addEntityRoots.ts'
import { addSyntheticFields } from './addSyntheticFields.ts'
import { type CompositeTypes, readCompositeTypes } from './CompositeTypes.ts'
import { dropUnusedExternals } from './dropUnusedExternals.ts'
import { parseFieldSet, readGraph, readString } from './joinArguments.ts'
import { putResolvableKeysFirst } from './putResolvableKeysFirst.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { readChains } from './readChains.ts'
import { replaceRequirements } from './replaceRequirements.ts'
import { createFieldReader } from './SubgraphField.ts'
import { withoutRequirements } from './withoutRequirements.ts'

/**
 * Changes a supergraph so that Apollo's planner makes right plans of it: keys that can be resolved come first, each `@requires` with arguments
 * selects a synthetic field of its own, and where what is required requires something itself, entities are given by root fields too, with which wrong plans are repaired
 * (`meetRequirements.ts`). For the planner alone: clients are shown, and validated against, the original.
 */
export function repairSupergraph(supergraphSdl: string): RepairedSupergraph {
  const document = parse(supergraphSdl, { noLocation: true })
  const sorted = document.definitions.map((one) => (isTypeDefinitionNode(one) ? putResolvableKeysFirst(one) : one))
  const isSorted = sorted.some((one, index) => one !== document.definitions[index])
  const types = readCompositeTypes({ kind: Kind.DOCUMENT, definitions: sorted })
  const mark = unusedMark(types)
  const { fields, replaced } = replaceRequirements(types, mark)
  addSyntheticFields(types, fields)
  dropUnusedExternals(types, replaced)
  const rootTypes = readRootTypes(document)
  const rootTypeOf = (kind: OperationTypeNode) => rootTypes.get(kind) ?? ''
  const chains = readChains(types)
  const nameOf = (graph: string, type: string) => `${graph}${mark}${type}`
  const queryType = rootTypeOf(OperationTypeNode.QUERY)
  const withRoots = new Map(types)
  const entityRoots = addEntityRoots(withRoots, { queryType, nameOf })
  const isChanged = isSorted || fields.length > 0 || chains.size > 0
  const graphs = graphsByName(document.definitions)
  const keyFields = readKeyFields(types)
  const readField = createFieldReader(withRoots)
  return {
    supergraphSdl: isChanged ? printWith(chains.size > 0 ? withRoots : types) : supergraphSdl,
    hasRequirements: entityRoots.size > 0,
    withoutRequirements: () => printWith(withoutRequirements(withRoots)),
    syntheticFields: new Map(fields.map(({ name, field, args }) => [name, { name, field, args }])),
    fieldIn: ({ subgraph, type, name }) => readField({ graph: graphs.get(subgraph) ?? '', type, name }),
    keyOf(subgraph, type) {
      const joins = types.get(type)?.directives ?? []
      const join = joins.find((one) => readGraph(one) === graphs.get(subgraph) && isResolvable(one))
      return join && parseFieldSet(readString(join, 'key') ?? '')
    },
    isChained: (field) => chains.has(field),
    rootTypeOf,
    hasChains: chains.size > 0,
    entityRootOf: (subgraph, type) => entityRoots.get(`${graphs.get(subgraph)}\n${type}`),
    keyFieldsOf: (subgraph) => keyFields.get(graphs.get(subgraph) ?? '') ?? new Set(),
    isObject: (type) => types.get(type)?.kind === Kind.OBJECT_TYPE_DEFINITION,
  }

  function printWith(composite: CompositeTypes): string {
    const definitions = sorted.map(
      (one): DefinitionNode => ('name' in one && composite.get(one.name?.value ?? '')) || one,
    )
    return print({ kind: Kind.DOCUMENT, definitions })
  }
}

/** What no field of the supergraph has in its name. */
function unusedMark(types: CompositeTypes): string {
  const names = [...types.values()].flatMap((type) => type.fields?.map((field) => field.name.value) ?? [])
  let mark = '__required_'
  while (names.some((name) => name.includes(mark))) mark = `_${mark}`
  return mark
}

function readRootTypes({ definitions }: DocumentNode): ReadonlyMap<OperationTypeNode, string> {
  const schema = definitions.find((one) => one.kind === Kind.SCHEMA_DEFINITION)
  return new Map(schema?.operationTypes.map(({ operation, type }) => [operation, type.name.value]))
}

function readKeyFields(types: CompositeTypes): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const directive of [...types.values()].flatMap((type) => type.directives ?? [])) {
    const graph = readGraph(directive)
    const key = readString(directive, 'key')
    if (graph === undefined || key === undefined) continue
    const fields = found.get(graph) ?? new Set(['__typename'])
    found.set(graph, fields)
    for (const one of parseFieldSet(key).selections) if (one.kind === Kind.FIELD) fields.add(one.name.value)
  }
  return found
}

/** The values of the enum `join__Graph`, by the names of their subgraphs. */
function graphsByName(definitions: readonly DefinitionNode[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue
    for (const { name, directives = [] } of definition.values ?? []) {
      const join = directives.find((one) => one.name.value === 'join__graph')
      names.set((join && readString(join, 'name')) ?? name.value, name.value)
    }
  }
  return names
}
