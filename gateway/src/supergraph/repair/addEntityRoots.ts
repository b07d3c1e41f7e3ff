import { type ConstDirectiveNode, type FieldDefinitionNode, Kind } from 'graphql'
import type { CompositeTypes } from './CompositeTypes.ts'
import { isExternal, readArgument, readGraph, readString } from './joinArguments.ts'

/**
 * Adds root fields to the query type which give an entity of each graph that only names one of its fields (`@external`), or requires something: what `meetRequirements.ts` plans
 * with. Changes `types`; gives the names of the root fields by graph and type, `PEOPLE\nHouse`.
 */
export function addEntityRoots(
  types: CompositeTypes,
  { queryType, nameOf }: { queryType: string; nameOf(graph: string, type: string): string },
): ReadonlyMap<string, string> {
  const roots = new Map<string, string>()
  const query = types.get(queryType)
  if (!query) return roots
  const fields: FieldDefinitionNode[] = []
  for (const [type, { fields: own = [], directives = [] }] of types) {
    const hidden = directives.filter(({ name }) => name.value === 'inaccessible')
    const joins = own.flatMap((field) => field.directives ?? [])
    const wanted = joins.filter((join) => isExternal(join) || readString(join, 'requires') !== undefined)
    for (const graph of new Set(wanted.flatMap((join) => readGraph(join) ?? []))) {
      if (!directives.some((join) => readGraph(join) === graph && isResolvable(join))) continue
      roots.set(`${graph}\n${type}`, nameOf(graph, type))
      fields.push(rootField({ name: nameOf(graph, type), type, graph, hidden }))
    }
  }
  if (fields.length > 0) types.set(queryType, { ...query, fields: [...(query.fields ?? []), ...fields] })
  return roots
}

/** Whether a `@join__type` has a key by which its graph finds entities. */
export function isResolvable(join: ConstDirectiveNode): boolean {
  const resolvable = readArgument(join, 'resolvable')
  return readString(join, 'key') !== undefined && (resolvable?.kind !== Kind.BOOLEAN || resolvable.value)
}

function rootField(field: {
  name: string
  type: string
  graph: string
  hidden: readonly ConstDirectiveNode[]
}): FieldDefinitionNode {
  const graph = {
    kind: Kind.ARGUMENT,
    name: nameNode('graph'),
    value: { kind: Kind.ENUM, value: field.graph },
  } as const
  return {
    kind: Kind.FIELD_DEFINITION,
    name: nameNode(field.name),
    type: { kind: Kind.NAMED_TYPE, name: nameNode(field.type) },
    directives: [{ kind: Kind.DIRECTIVE, name: nameNode('join__field'), arguments: [graph] }, ...field.hidden],
  }
}

function nameNode(value: string) {
  return { kind: Kind.NAME, value } as const
}
