import { federationMetadata, type Supergraph } from '@apollo/federation-internals'
import { Kind, parse } from 'graphql'
import type { SupergraphTypes } from '../executor/SupergraphTypes.ts'

/** Reads the `@key`s and `@requires` of each subgraph's entities out of the supergraph: their top-level fields. */
export function readKeys(supergraph: Supergraph): Pick<SupergraphTypes, 'keysOf' | 'requiredBy'> {
  const keys = new Map<string, (readonly string[])[]>()
  const required = new Map<string, ReadonlySet<string>>()
  for (const subgraph of supergraph.subgraphs()) {
    const metadata = federationMetadata(subgraph.schema)
    if (!metadata) continue
    for (const type of subgraph.schema.types()) {
      if (type.kind !== 'ObjectType' && type.kind !== 'InterfaceType') continue
      const fields = type
        .appliedDirectivesOf(metadata.keyDirective())
        .map((key) => topLevelFields(String(key.arguments().fields)))
      if (fields.length > 0) keys.set(`${subgraph.name}\n${type.name}`, fields)
      for (const field of type.fields()) {
        const [requires] = field.appliedDirectivesOf(metadata.requiresDirective())
        if (!requires) continue
        const names = topLevelFields(String(requires.arguments().fields))
        required.set(`${subgraph.name}\n${type.name}\n${field.name}`, new Set(names))
      }
    }
  }
  return {
    keysOf: (typename, subgraph) => keys.get(`${subgraph}\n${typename}`) ?? [],
    requiredBy: (typename, field, subgraph) => required.get(`${subgraph}\n${typename}\n${field}`),
  }
}

function topLevelFields(selection: string): readonly string[] {
  const [definition] = parse(`{${selection}}`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return []
  return definition.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []))
}
