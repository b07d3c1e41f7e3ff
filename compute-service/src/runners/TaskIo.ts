/**
 * What runs a job: a pure function of its input and {@link TaskIo}, inside a worker thread of its own. A task lives in a file of
 * its own that exports it under the kind's name: `tasks/forecastDemand.ts` exports `forecastDemand`.
 *
 * Whatever it throws fails the attempt, which is tried again. To say more than that, throw a {@link taskError}. What it returns must be
 * JSON and fit the kind's output schema.
 */
export type Task<Input, Output> = (input: Input, io: TaskIo) => Promise<Output>

/** All that a task may touch besides its input. */
export type TaskIo = {
  /**
   * Aborted when the job is cancelled, takes too long or has been given to another worker. Look at it between blocks of work
   * (`signal.throwIfAborted()`): 2 s later the thread is terminated. Calling `progress` lets it be seen without yielding to
   * the event loop.
   */
  signal: AbortSignal
  /** How far the work is, 0 to 1, and what is being done, in a few words for people. May be called often: the newest wins. */
  progress(fraction: number, message?: string): void
  /**
   * Hands over a file beside the result, as `chart.svg`: it can be downloaded once the attempt has succeeded, where there is a result store.
   * Its ending says what it is (`mediaTypeOf`). At most 8 files of 1 MiB each; the same name again replaces it.
   */
  keepFile(name: string, content: string): void
  /** Every purchase there is, in order of `line`. Throws a retryable `SERVICE_UNAVAILABLE` when the orders subgraph does not answer. */
  readPurchases(): Promise<Purchase[]>
  /**
   * Makes the model the one that is served, unless a newer one is; gives the version that is served then. Publishing a version again changes
   * nothing. Throws like `readPurchases`.
   */
  publishModel(model: PublishModelInput): Promise<number>
  /** The same for segments of customers. */
  publishSegments(segmentation: PublishSegmentsInput): Promise<number>
  /** The job's number: higher than that of every job submitted before it. The version of what it publishes. */
  jobNumber: number
  /** The job's id, the same in each attempt: an idempotency key for whatever the task does elsewhere. */
  jobId: string
  /** Which attempt this is, from 1: the fencing token of what it writes elsewhere. */
  attempt: number
}

/** One order line, as `Purchase` in schema/orders.graphql. */
export type Purchase = {
  line: number
  userId: string
  productId: string
  category: string
  /** A day: `2016-11-08`. */
  orderDate: string
  quantity: number
  /** US dollars, exact, as a decimal string: `261.96`. */
  sales: string
}

/** `PublishModelInput` of schema/recommendations.graphql. Lists are best first, `scores` has one entry for each product. */
export type PublishModelInput = {
  version: number
  users: { userId: string; productIds: string[]; scores: number[] }[]
  products: { productId: string; productIds: string[]; scores: number[] }[]
}

/** `PublishSegmentsInput` of schema/recommendations.graphql. Each user is in one segment at most. */
export type PublishSegmentsInput = {
  version: number
  segments: {
    name: string
    description: string
    centroid: { recencyDays: number; frequency: number; monetary: number }
    userIds: string[]
  }[]
}
