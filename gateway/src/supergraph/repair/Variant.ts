import { Kind, type SelectionSetNode } from 'graphql'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'

/** A synthetic field that a representation is to contain. */
export type Variant = {
  /** The type of the entity. */
  type: string
  /** The names above it and its own, as they stand in the tree. */
  path: readonly string[]
  /** The type conditions above it: those before each name of the path. */
  conditions: readonly (readonly string[])[]
  /** The name under which the subgraph takes it. */
  field: string
}

/** The variants that an `@requires` selects, as far as they are `given` by a representation. */
export function readVariants(
  requirement: SelectionSetNode,
  options: { type: string; given: ReadonlySet<string>; repaired: RepairedSupergraph },
): readonly Variant[] {
  const { type, given, repaired } = options
  const found: Variant[] = []
  read(requirement, { path: [], conditions: [], pending: [] })
  return found

  type Place = Pick<Variant, 'path' | 'conditions'> & { pending: readonly string[] }

  function read(set: SelectionSetNode, { path, conditions, pending }: Place): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value
        const within = condition === undefined ? pending : [...pending, condition]
        read(selection.selectionSet, { path, conditions, pending: within })
      } else if (selection.kind === Kind.FIELD) {
        const { value: name } = selection.name
        const here = { path: [...path, name], conditions: [...conditions, pending] }
        const field = repaired.syntheticFields.get(name)?.field
        if (field !== undefined && given.has(name)) found.push({ type, field, ...here })
        if (selection.selectionSet) read(selection.selectionSet, { ...here, pending: [] })
      }
    }
  }
}

/** Whether some object would need two of these variants in one place of its representation. */
export function conflicts(
  some: readonly Variant[],
  others: readonly Variant[],
  { isObject }: RepairedSupergraph,
): boolean {
  return some.some((one) => others.some((other) => isConflict(one, other)))

  function isConflict(one: Variant, other: Variant): boolean {
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
