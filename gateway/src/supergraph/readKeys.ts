import { federationMetadata, type Supergraph } from '@apollo/federation-internals'
import { Kind, parse } from 'graphql'
import type { SupergraphTypes } from '../executor/SupergraphTypes.ts'

/** Reads the `@key`s of each subgraph's entities out of the supergraph: their top-level fields. */
export function readKeys(supergraph: Supergraph): SupergraphTypes['keysOf'] {
  const keys = new Map<string, (readonly string[])[]>()
  for (const subgraph of supergraph.subgraphs()) {
    const directive = federationMetadata(subgraph.schema)?.keyDirective()
    if (!directive) continue
    for (const type of subgraph.schema.types()) {
      if (type.kind !== 'ObjectType' && type.kind !== 'InterfaceType') continue
      const fields = type.appliedDirectivesOf(directive).map((key) => topLevelFields(String(key.arguments().fields)))
      if (fields.length > 0) keys.set(`${subgraph.name}\n${type.name}`, fields)
    }
  }
  return (typename, subgraph) => keys.get(`${subgraph}\n${typename}`) ?? []
}

function topLevelFields(selection: string): readonly string[] {
  const [definition] = parse(`{${selection}}`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return []
  return definition.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []))
}
