import { type FieldNode, Kind, type SelectionSetNode } from 'graphql'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'

/** A field that an `@requires` selects, at any depth: what a representation is to contain. */
export type RequiredPath = {
  /** The type of the entity. */
  type: string
  /** The names above it and its own, as they stand in the tree. */
  path: readonly string[]
  /** The type conditions above it: those before each name of the path. */
  conditions: readonly (readonly string[])[]
  /** The name under which the subgraph takes it: not its own if it is a synthetic field. */
  field: string
}

/** What a subgraph requires for a field of the type. */
export function requiredPathsOf(
  { name }: FieldNode,
  { type, subgraph, repaired }: { type: string; subgraph: string; repaired: RepairedSupergraph },
): readonly RequiredPath[] {
  const requirement = repaired.fieldIn({ subgraph, type, name: name.value })?.requires
  return requirement ? readRequiredPaths(requirement, { type, repaired }) : []
}

/** The fields that an `@requires` on a field of the type selects. */
export function readRequiredPaths(
  requirement: SelectionSetNode,
  { type, repaired }: { type: string; repaired: RepairedSupergraph },
): readonly RequiredPath[] {
  const found: RequiredPath[] = []
  read(requirement, { path: [], conditions: [], pending: [] })
  return found

  type Place = Pick<RequiredPath, 'path' | 'conditions'> & { pending: readonly string[] }

  function read(set: SelectionSetNode, { path, conditions, pending }: Place): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value
        const within = condition === undefined ? pending : [...pending, condition]
        read(selection.selectionSet, { path, conditions, pending: within })
      } else if (selection.kind === Kind.FIELD) {
        const { value: name } = selection.name
        const here = { path: [...path, name], conditions: [...conditions, pending] }
        found.push({ type, field: repaired.syntheticFields.get(name)?.field ?? name, ...here })
        if (selection.selectionSet) read(selection.selectionSet, { ...here, pending: [] })
      }
    }
  }
}

/** Whether some object would need two fields under one name in one place of its representation. */
export function conflicts(
  some: readonly RequiredPath[],
  others: readonly RequiredPath[],
  { isObject }: RepairedSupergraph,
): boolean {
  return some.some((one) => others.some((other) => isConflict(one, other)))

  function isConflict(one: RequiredPath, other: RequiredPath): boolean {
    const last = one.path.length - 1
    if (one.field !== other.field || other.path.length - 1 !== last || one.path[last] === other.path[last]) return false
    if (one.path.slice(0, last).join('/') !== other.path.slice(0, last).join('/')) return false
    if (excludes([one.type], [other.type])) return false
    return !one.conditions.some((conditions, index) => excludes(conditions, other.conditions[index] ?? []))
  }

  /** Whether no object satisfies both: it would have to be of two object types. */
  function excludes(one: readonly string[], other: readonly string[]): boolean {
    return one.some((a) => isObject(a) && other.some((b) => isObject(b) && a !== b))
  }
}
