import type { Readable } from 'node:stream'

/** Which attempt gave it: an attempt that was fenced off writes beside the one that counts, never over it. */
export type ResultKey = { jobId: string; attempt: number }

/** What the ledger keeps of a result that lies in the store. `sha256` is in hexadecimal. */
export type StoredResult = { bytes: number; sha256: string }

/** Where results lie that are too large for the ledger. */
export type ResultStore = {
  /** Writes a result, given as JSON text; it can be read from when this resolves, whole or not at all. Writing it again replaces it. */
  put(key: ResultKey, json: string): Promise<StoredResult>
  /** Undefined when there is none. */
  open(key: ResultKey): Promise<{ bytes: number; stream: Readable } | undefined>
  /** Removing what is not there changes nothing. */
  remove(key: ResultKey): Promise<void>
  /** A URL under which anybody can read it until `expiresAt`; undefined while nothing serves them. */
  downloadUrl(key: ResultKey, expiresAt: Date): string | undefined
}
