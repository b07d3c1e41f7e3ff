import type { OperationTypeNode, SelectionSetNode } from 'graphql'
import type { SubgraphField } from './SubgraphField.ts'

/** The supergraph as the planner alone sees it, and what its plans need to be translated back. */
export type RepairedSupergraph = {
  /** The very text that was given when there was nothing to repair. */
  supergraphSdl: string
  hasRequirements: boolean
  /** A supergraph, made anew each time, in which nothing requires anything. */
  withoutRequirements(): string
  /** By name. */
  syntheticFields: ReadonlyMap<string, SyntheticField>
  /** A field as a subgraph has it; what it requires is told in terms of synthetic fields. */
  fieldIn(field: { subgraph: string; type: string; name: string }): SubgraphField | undefined
  /** Whether there is such a field: without one no plan asks for less than is required. */
  hasChains: boolean
  /** A root field that gives an entity of the type in the subgraph: one for plans alone, which no subgraph has. */
  entityRootOf(subgraph: string, type: string): string | undefined
  /** The first `@key` of a type that a subgraph can resolve. */
  keyOf(subgraph: string, type: string): SelectionSetNode | undefined
  /** Whether a field of this name requires something, and is required itself. */
  isChained(field: string): boolean
  rootTypeOf(kind: OperationTypeNode): string
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
