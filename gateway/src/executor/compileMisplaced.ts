import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner'
import { type Fields, readField } from './ownField.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

/**
 * Whether an answer has, in the place of an entity, what says of itself that it is another: an object of another type, or one with the key of
 * another entity that was asked for. `received[indexes[i]]` is the answer for `entities[i]`.
 */
export type IsMisplaced = (
  asked: { entities: readonly Fields[]; indexes: readonly number[] },
  received: readonly (Fields | null)[],
) => boolean

/**
 * Compiles the check of one entity fetch. Entities are told apart by their places alone (Federation's subgraph specification), so a subgraph that
 * mixes them up is found out only where an answer has a type name or a key, asked for or not; nothing is asked for only to check it.
 */
export function compileMisplaced(fetch: {
  requires: readonly QueryPlanSelectionNode[]
  rewrites: readonly FetchDataRewrite[]
  subgraph: string
  types: SupergraphTypes
}): IsMisplaced {
  const { types } = fetch
  const keys = readKeyNames(fetch).map(readField)
  return ({ entities, indexes }, received) =>
    entities.some((entity, i) => {
      const source = received[indexes[i] ?? -1]
      if (!source) return false
      if (isOfAnotherType(readTypename(entity), readTypename(source))) return true
      return keys.some((read) => {
        const key = read(source)
        if (key === undefined || key === null || key === read(entity)) return false
        // A subgraph may write a key in another way: only one that belongs to another entity is wrong for certain.
        return entities.some((other) => read(other) === key)
      })
    })

  function isOfAnotherType(asked: unknown, answered: unknown): boolean {
    if (asked === answered || typeof asked !== 'string' || typeof answered !== 'string') return false
    // An interface object has the name of its interface.
    return types.isObject(asked) && types.isObject(answered)
  }
}

const readTypename = readField('__typename')

/** The fields that are a whole `@key` of an entity that the fetch takes. */
export function readKeyNames(fetch: Parameters<typeof compileMisplaced>[0]): readonly string[] {
  const { requires, rewrites, subgraph, types } = fetch
  const standIns = rewrites.flatMap((rewrite) => (rewrite.kind === 'ValueSetter' ? [String(rewrite.setValueTo)] : []))
  const taken = requires.flatMap((node) => (node.kind === 'InlineFragment' ? [node.typeCondition ?? ''] : []))
  const keys = [...taken, ...standIns].flatMap((typename) => types.keysOf(typename, subgraph))
  return [...new Set(keys.flatMap((key) => (key.length === 1 ? key : [])))]
}
