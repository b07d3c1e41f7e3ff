import type { ExecutionResult, GraphQLError } from 'graphql'
import type { RequestContext } from '../executor/RequestContext.ts'

/** How the gateway subscribes at subgraphs. What a subgraph or the network does wrong is a `failed` event, never an exception. */
export type Upstream = {
  /** Begins at once; whatever comes waits in a bounded buffer until it is asked for. */
  subscribe(request: UpstreamRequest): UpstreamStream
  /** What is open now: exact, for `/readyz` and tests. */
  counts(): UpstreamCounts
}

export type UpstreamCounts = { sockets: number; streams: number }

export type UpstreamRequest = {
  /** The subgraph's name in the supergraph. */
  subgraph: string
  query: string
  variables: Record<string, unknown>
  context: RequestContext
}

/** One subscription at a subgraph, or another source of results that is read like one. */
export type UpstreamStream<Result = ExecutionResult> = {
  /** The next event, in order. After an end it gives the same end again. One call at a time. Never rejects. */
  next(): Promise<UpstreamEvent<Result>>
  /** Leaves at once and frees everything; a waiting `next` gives `complete`. May be called twice. */
  stop(): void
}

/** What a subgraph's stream says: an event, or one of two ends that must not be confused. */
export type UpstreamEvent<Result = ExecutionResult> = { kind: 'event'; result: Result } | UpstreamEnd

export type UpstreamEnd =
  /** The subgraph has said that nothing more will come. */
  | { kind: 'complete' }
  /** The stream was refused, or it died: more may have happened than was told. */
  | { kind: 'failed'; error: GraphQLError }
