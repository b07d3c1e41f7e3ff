import { Kind, type SelectionSetNode } from 'graphql'
import { isProvided, type ProvidedFields, providedBelow } from './ProvidedFields.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'

/** An object in one place of what a subgraph answers. */
export type LocalObject = {
  subgraph: string
  type: string
  provided: ProvidedFields
  repaired: RepairedSupergraph
}

/** Whether the subgraph has all of a field set itself, for an object in this place. */
export function isLocal({ selections }: SelectionSetNode, object: LocalObject): boolean {
  return selections.every((one) => {
    if (one.kind === Kind.FRAGMENT_SPREAD) return false
    if (one.kind === Kind.INLINE_FRAGMENT) {
      return isLocal(one.selectionSet, { ...object, type: one.typeCondition?.name.value ?? object.type })
    }
    const name = one.name.value
    if (!isOwn(name, object)) return false
    const below = one.selectionSet && fieldObject(name, object)
    return !one.selectionSet || (below !== undefined && isLocal(one.selectionSet, below))
  })
}

/** Whether the subgraph can be asked for the field of the object. */
export function isOwn(name: string, { subgraph, type, provided, repaired }: LocalObject): boolean {
  if (name === '__typename') return true
  const field = repaired.fieldIn({ subgraph, type, name })
  return field !== undefined && (!field.isExternal || isProvided(provided, originalName(name, repaired)))
}

/** The object that a field gives. */
export function fieldObject(name: string, object: LocalObject): LocalObject | undefined {
  const { subgraph, type, provided, repaired } = object
  const field = repaired.fieldIn({ subgraph, type, name })
  const below = [...providedBelow(provided, originalName(name, repaired)), ...(field?.provides ? [field.provides] : [])]
  return field && { ...object, type: field.type, provided: below }
}

/** A `@provides` knows no synthetic fields. */
function originalName(name: string, { syntheticFields }: RepairedSupergraph): string {
  return syntheticFields.get(name)?.field ?? name
}
