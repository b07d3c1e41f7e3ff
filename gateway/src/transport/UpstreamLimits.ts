/** What bounds a subscription at a subgraph, whichever protocol it speaks. */
export type UpstreamLimits = {
  /** From the first packet to the subgraph's acknowledgement. Default 5 s. */
  connectTimeoutMs: number
  /** How often a subgraph is to give a sign of life; one that was silent for twice as long is lost. Default 10 s. */
  pingIntervalMs: number
  /** The largest message of a subgraph, in bytes. Default 8 MiB. */
  maxMessageBytes: number
  /** What may wait for the reader of one stream before the stream fails. Defaults 1,000 and 4 MiB. */
  maxBufferedEvents: number
  maxBufferedBytes: number
}

export const defaultUpstreamLimits: UpstreamLimits = {
  connectTimeoutMs: 5_000,
  pingIntervalMs: 10_000,
  maxMessageBytes: 8 * 1024 * 1024,
  maxBufferedEvents: 1_000,
  maxBufferedBytes: 4 * 1024 * 1024,
}
