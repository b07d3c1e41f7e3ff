import { type DefinitionNode, isTypeDefinitionNode, Kind, parse, print } from 'graphql'
import { addSyntheticFields } from './addSyntheticFields.ts'
import { type CompositeTypes, readCompositeTypes } from './CompositeTypes.ts'
import { dropUnusedExternals } from './dropUnusedExternals.ts'
import { parseFieldSet, readGraph, readString } from './joinArguments.ts'
import { putResolvableKeysFirst } from './putResolvableKeysFirst.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { coordinateIn, replaceRequirements } from './replaceRequirements.ts'

/**
 * Changes a supergraph so that Apollo's planner makes right plans of it: keys that can be resolved come first, and each `@requires` with arguments
 * selects a synthetic field of its own. For the planner alone: clients are shown, and validated against, the original.
 */
export function repairSupergraph(supergraphSdl: string): RepairedSupergraph {
  const document = parse(supergraphSdl, { noLocation: true })
  const sorted = document.definitions.map((one) => (isTypeDefinitionNode(one) ? putResolvableKeysFirst(one) : one))
  const isSorted = sorted.some((one, index) => one !== document.definitions[index])
  const types = readCompositeTypes({ kind: Kind.DOCUMENT, definitions: sorted })
  const { requirements, fields, replaced } = replaceRequirements(types)
  addSyntheticFields(types, fields)
  dropUnusedExternals(types, replaced)
  const definitions = sorted.map((one): DefinitionNode => ('name' in one && types.get(one.name?.value ?? '')) || one)
  const isChanged = isSorted || fields.length > 0
  const graphs = graphsByName(document.definitions)
  const keyFields = readKeyFields(types)
  return {
    supergraphSdl: isChanged ? print({ kind: Kind.DOCUMENT, definitions }) : supergraphSdl,
    syntheticFields: new Map(fields.map(({ name, field, args }) => [name, { name, field, args }])),
    requirementOf: ({ subgraph, type, name }) => requirements.get(coordinateIn(graphs.get(subgraph) ?? '', type, name)),
    keyFieldsOf: (subgraph) => keyFields.get(graphs.get(subgraph) ?? '') ?? new Set(),
    isObject: (type) => types.get(type)?.kind === Kind.OBJECT_TYPE_DEFINITION,
  }
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
