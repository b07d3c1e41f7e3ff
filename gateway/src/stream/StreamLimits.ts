export type StreamLimits = {
  /** How long a query or a mutation may take, in milliseconds. It never ends a subscription. Default 30 s. */
  requestTimeoutMs: number
  /** How long fetching the fields of other subgraphs may take for one event; what is missing then is null, with an error. Default 10 s. */
  eventTimeoutMs: number
  /** How many events of one subscription are completed at a time. Default 8. */
  maxEventsInFlight: number
  /** How long a subscription that its subgraph lost is tried to be had again, where it has a cursor; then `SUBGRAPH_STREAM_LOST`. Default 30 s. */
  resumeTimeoutMs: number
  /** What may wait for one client that reads slowly, in events and in bytes of text. Defaults 256 and 1 MiB. */
  maxWaitingEvents: number
  maxWaitingBytes: number
  /** What a shared stream keeps of what it has told, for clients that come with a cursor. Defaults 16 and 64 KiB. */
  maxKeptEvents: number
  maxKeptBytes: number
  /** What all shared streams keep together, beside the newest event of each. Default 32 MiB. */
  maxKeptBytesOfAll: number
}

export const defaultStreamLimits: StreamLimits = {
  requestTimeoutMs: 30_000,
  eventTimeoutMs: 10_000,
  maxEventsInFlight: 8,
  resumeTimeoutMs: 30_000,
  maxWaitingEvents: 256,
  maxWaitingBytes: 1024 * 1024,
  maxKeptEvents: 16,
  maxKeptBytes: 64 * 1024,
  maxKeptBytesOfAll: 32 * 1024 * 1024,
}

/** The defaults, where no operation may take longer than this: completing an event may not either. */
export function streamLimitsOf(operationTimeoutMs: number): StreamLimits {
  return {
    ...defaultStreamLimits,
    requestTimeoutMs: operationTimeoutMs,
    eventTimeoutMs: Math.min(defaultStreamLimits.eventTimeoutMs, operationTimeoutMs),
  }
}
