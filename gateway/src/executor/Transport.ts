import type { ErrorCode } from '@tributary/schema'
import type { GraphQLFormattedError } from 'graphql'
import type { RequestContext } from './RequestContext.ts'

/** How the executor reaches subgraphs. It never throws and never rejects: whatever goes wrong is a `failure`. */
export type Transport = {
  execute(request: SubgraphRequest, context: RequestContext): Promise<SubgraphResponse>
  /** Absent where answers are no bytes. */
  readonly bytes?: BytesTransport | undefined
}

/** How answers are had as they came, for who reads their bytes. */
export type BytesTransport = {
  execute(request: SubgraphRequest, context: RequestContext): Promise<BytesResponse>
  /** The response that {@link Transport} would have given. */
  read(subgraph: string, response: { status: number; bytes: Uint8Array }): SubgraphResponse
}

export type BytesResponse =
  /** An HTTP response with its whole body, which nobody may change. */
  { kind: 'bytes'; status: number; bytes: Uint8Array } | Extract<SubgraphResponse, { kind: 'failure' }>

export type SubgraphRequest = {
  /** The subgraph's name in the supergraph. */
  subgraph: string
  operation: 'query' | 'mutation'
  /** The JSON text to send: `{"query":...,"variables":...}`. */
  body: string
}

export type SubgraphResponse =
  | {
      kind: 'answer'
      /** The parsed `data`, an object or null. It belongs to whoever asked, who may change it. */
      data: Record<string, unknown> | null
      /** The subgraph's errors, each checked to be an object with a string `message`; absent when there are none. */
      errors?: readonly GraphQLFormattedError[]
    }
  | {
      kind: 'failure'
      code: ErrorCode
      /** For clients: names the subgraph, never a host, a stack or the body. */
      message: string
      extensions?: Record<string, unknown>
    }
