/** Bounds on an operation, checked before anything costs more than reading it. Counts are of each operation, its fragments spread out. */
export type OperationLimits = {
  /** How many tokens an operation's text may have. */
  maxTokens: number
  /** How deep brackets of any kind may nest: graphql-js overflows the stack somewhere above 1,500. */
  maxDepth: number
  /**
   * How deep lists and objects may nest in a literal value. Apollo's planner walks each level of a list twice (federation-internals
   * 2.14, `collectVariablesInValue`), so 40 levels would take hours. Variables may nest deeper.
   */
  maxValueDepth: number
  /** How deep fields may nest. The introspection queries of the usual tools nest 15 levels deep. */
  maxFieldDepth: number
  /** How many fields, inline fragments and spreads there may be. */
  maxSelections: number
  /** How many fields may have an alias. */
  maxAliases: number
  /** How many fields may stand on the first level. */
  maxRootFields: number
  /** How many directives there may be. */
  maxDirectives: number
  /** How many `@defer`s there may be: each may be a part of the answer, with a plan of its own. */
  maxDefers: number
  /** Whether `__schema` and `__type` may be asked for. */
  allowIntrospection: boolean
}

export const defaultOperationLimits: OperationLimits = {
  maxTokens: 2_000,
  maxDepth: 200,
  maxValueDepth: 12,
  maxFieldDepth: 15,
  maxSelections: 1_000,
  maxAliases: 30,
  maxRootFields: 20,
  maxDirectives: 50,
  maxDefers: 20,
  allowIntrospection: true,
}
