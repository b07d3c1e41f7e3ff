import type { SelectionSetNode } from 'graphql'

/** The supergraph as the planner alone sees it, and what its plans need to be translated back. */
export type RepairedSupergraph = {
  /** The very text that was given when there was nothing to repair. */
  supergraphSdl: string
  /** By name. */
  syntheticFields: ReadonlyMap<string, SyntheticField>
  /** The `@requires` of a field in a subgraph, in terms of synthetic fields. */
  requirementOf(field: { subgraph: string; type: string; name: string }): SelectionSetNode | undefined
  /** The top-level fields of all `@key`s of a subgraph. */
  keyFieldsOf(subgraph: string): ReadonlySet<string>
  isObject(type: string): boolean
}

/**
 * Stands for one field with the arguments that an `@requires` gives it, so that neither the client's own selection of that field nor another
 * `@requires` merges with it. Subgraphs get it as an alias, and take it back under the field's name; clients never see it.
 */
export type SyntheticField = {
  name: string
  /** The field that it stands for. */
  field: string
  /** The arguments as GraphQL text, `(limit:3)`, or nothing. */
  args: string
}
