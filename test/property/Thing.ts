/** An object of the data: all of it follows from its type and id, and the world's seed. */
export type Thing = {
  readonly typename: string
  readonly id: string
  /** Its number, where its type is found by keys. */
  readonly n: number | undefined
  /** The representation that a subgraph got of it. */
  readonly given: Readonly<Record<string, unknown>> | undefined
}

/** Whether a value of the data is an object. */
export function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && 'typename' in value && 'given' in value
}
