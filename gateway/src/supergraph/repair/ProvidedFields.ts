import { Kind, type SelectionSetNode } from 'graphql'

/** What `@provides` gives of an object in one place, although its subgraph only names it. */
export type ProvidedFields = readonly SelectionSetNode[]

/** What is provided of a field's object. */
export function providedBelow(provided: ProvidedFields, field: string): ProvidedFields {
  return provided.flatMap(({ selections }) =>
    selections.flatMap((one): ProvidedFields => {
      if (one.kind === Kind.INLINE_FRAGMENT) return providedBelow([one.selectionSet], field)
      return one.kind === Kind.FIELD && one.name.value === field && one.selectionSet ? [one.selectionSet] : []
    }),
  )
}

/** Whether a field of the object is provided. */
export function isProvided(provided: ProvidedFields, field: string): boolean {
  return provided.some(({ selections }) =>
    selections.some((one) => {
      if (one.kind === Kind.INLINE_FRAGMENT) return isProvided([one.selectionSet], field)
      return one.kind === Kind.FIELD && one.name.value === field
    }),
  )
}
