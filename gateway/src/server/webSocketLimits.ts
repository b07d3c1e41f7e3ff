/** What one client, or all of them, may hold open over WebSocket. Subscriptions are bounded by the room's `StreamQuota`. */
export type WebSocketLimits = {
  /** Operations of any kind that may run on one socket. Default 100. */
  maxOperationsPerSocket: number
  /** What may wait in memory for a client that goes on asking without reading; then its socket is destroyed. Default 16 MiB. */
  maxUnsentBytes: number
  /** How long a client may leave what was sent to it unread; then its socket is closed with 1013. Default 30 s. */
  unreadTimeoutMs: number
  /** Sockets that have not said who they are yet. One more is refused with 503. Default 500. */
  maxPendingSockets: number
  /** How long a client may take to say `connection_init`; then 4408. Default 3 s. */
  connectionInitTimeoutMs: number
  /** How often a ping goes out; a client that has said nothing since the one before is dropped. Default 12 s. */
  pingIntervalMs: number
}

export const defaultWebSocketLimits: WebSocketLimits = {
  maxOperationsPerSocket: 100,
  maxUnsentBytes: 16 * 1024 * 1024,
  unreadTimeoutMs: 30_000,
  maxPendingSockets: 500,
  connectionInitTimeoutMs: 3_000,
  pingIntervalMs: 12_000,
}
