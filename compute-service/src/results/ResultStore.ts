import type { Readable } from 'node:stream'

/**
 * A file of an attempt: one that was fenced off writes beside the one that counts, never over it. `file` is as `chart.svg`; its ending, see
 * {@link mediaTypeOf}, says what it is.
 */
export type ResultKey = { jobId: string; attempt: number; file: string }

/** The file of a result that is too large for the ledger. */
export const resultFile = 'result.json'

/** What is kept of a file that lies in the store. `sha256` is in hexadecimal. */
export type StoredResult = { bytes: number; sha256: string }

/** Where results lie that are too large for the ledger, and pictures of them. */
export type ResultStore = {
  /**
   * Writes a file; when this resolves it lies there whole, otherwise it cannot be read at all. Writing it again replaces it. Throws for a key
   * that is none, and an `AbortError` when the store is stopped meanwhile.
   */
  put(key: ResultKey, content: string | Uint8Array): Promise<StoredResult>
  /** Undefined when there is none. */
  open(key: ResultKey): Promise<{ bytes: number; stream: Readable } | undefined>
  /** Removes all files of a job, or of one of its attempts. Removing what is not there changes nothing. */
  remove(which: { jobId: string; attempt?: number }): Promise<void>
  /** A URL under which anybody can download it until `expiresAt`; undefined while nothing serves them. */
  downloadUrl(key: ResultKey, expiresAt: Date): Promise<string | undefined>
}
