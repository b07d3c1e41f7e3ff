import type { Running } from '@tributary/runtime'

/** A client of the gateway, by one of its protocols. It never comes again by itself: what is lost rejects. */
export type StreamClient = Running & {
  /** Ends when the gateway has said that it is complete; rejects when it was refused or lost. */
  subscribe(request: { query: string; variables: Record<string, unknown> }): AsyncIterableIterator<StreamResult>
}

export type StreamResult = {
  data?: Record<string, unknown> | null | undefined
  errors?: readonly { message: string; extensions?: Record<string, unknown> | undefined }[] | undefined
}

export type StreamClientOptions = {
  /** The gateway's address at which the next connection is made: `http://127.0.0.1:4000`. */
  url(): string
  token: string
}
