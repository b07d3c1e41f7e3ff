/** Bounds on the text of an operation, checked while it is read, before anything costs more than reading. */
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
  /** Whether `__schema` and `__type` may be asked for. */
  allowIntrospection: boolean
}

export const defaultOperationLimits: OperationLimits = {
  maxTokens: 2_000,
  maxDepth: 200,
  maxValueDepth: 12,
  allowIntrospection: true,
}
