import type { ErrorCode } from '@tributary/schema'
import type { GraphQLFormattedError } from 'graphql'
import type { RequestContext } from './RequestContext.ts'

/** How the executor reaches subgraphs. It never throws and never rejects: whatever goes wrong is a `failure`. */
export type Transport = {
  execute(request: SubgraphRequest, context: RequestContext): Promise<SubgraphResponse>
}

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
