/** Where the graph comes from. */
export type SupergraphSource = {
  /** What it is, for messages: `the file supergraph.graphql`. */
  name: string
  /**
   * The supergraph SDL as it is now, or undefined when it cannot have changed since the last time.
   * Throws a {@link SupergraphError} when there is none that could be served.
   */
  load(): Promise<string | undefined>
}

/** Why there is no graph to serve: sentences that a person can act on, without a stack. */
export class SupergraphError extends Error {
  override name = 'SupergraphError'
}
