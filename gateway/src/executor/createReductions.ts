import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import { readEntityFields } from './EntityField.ts'
import { keepFields } from './keepFields.ts'
import { parseFetch } from './parseFetch.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

type EntityFetchNode = FetchNode & { requires: NonNullable<FetchNode['requires']> }

/** More sets of missing fields than this no reduction is remembered for: what lacks another set is not asked for. */
const maxReductions = 32

/**
 * For entities that lack something: the same fetch without the fields that `@requires` it, and without it. A plan joins fields in one fetch that
 * not all of its entities are asked for: one may stand under a `@skip`, or under a type condition that an `@interfaceObject` cannot express.
 *
 * Gives undefined when no field of the fetch requires anything; what it gives, gives undefined when nothing is left to ask for.
 */
export function createReductions<Compiled>(
  node: EntityFetchNode,
  { types, compile }: { types: SupergraphTypes; compile(reduced: EntityFetchNode): Compiled },
): ((missing: readonly string[]) => Compiled | undefined) | undefined {
  const document = parseFetch(node)
  const fields = readEntityFields(document).map(({ type, node: field }) => ({
    field,
    required: types.requiredBy(type, field.name.value, node.serviceName),
  }))
  if (!fields.some(({ required }) => required)) return undefined
  const known = new Map<string, Compiled | undefined>()
  return (missing) => {
    const key = missing.join(' ')
    if (!known.has(key) && known.size < maxReductions) {
      const reduced = reduce(new Set(missing))
      known.set(key, reduced && compile(reduced))
    }
    return known.get(key)
  }

  function reduce(missing: ReadonlySet<string>): EntityFetchNode | undefined {
    const isHit = (required: ReadonlySet<string> | undefined) => [...(required ?? [])].some((name) => missing.has(name))
    const explained = new Set(fields.flatMap(({ required }) => [...(required ?? [])]))
    if (missing.size === 0 || [...missing].some((name) => !explained.has(name))) return undefined
    const kept = fields.filter(({ required }) => !isHit(required)).map(({ field }) => field)
    if (kept.every(({ name }) => name.value === '__typename')) return undefined
    return { ...keepFields(node, document, new Set(kept)), requires: without(node.requires, missing) }
  }
}

/** The selections without these fields of the entities themselves. */
function without(nodes: readonly QueryPlanSelectionNode[], names: ReadonlySet<string>): QueryPlanSelectionNode[] {
  return nodes.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'InlineFragment') return [{ ...node, selections: without(node.selections, names) }]
    return names.has(node.name) ? [] : [node]
  })
}
