import { codedError, type ErrorCode } from '@tributary/schema'
import type { UpstreamEnd, UpstreamStream } from './Upstream.ts'

/** The end of a stream that failed, as the client is told: the error names the subgraph. */
export function upstreamFailure(code: ErrorCode, message: string, subgraph: string): UpstreamEnd {
  return { kind: 'failed', error: codedError(code, message, { extensions: { service: subgraph } }) }
}

/** A stream that could not begin, for want of an address. */
export function unreachableStream(subgraph: string): UpstreamStream {
  const end = unreachableOf(subgraph)
  return { next: async () => end, stop() {} }
}

/** More came than was read: what fitted is still told, then this. */
export function overflowOf(subgraph: string): UpstreamEnd {
  const message = 'Events came faster than they were read; the subscription was ended'
  return upstreamFailure('SUBGRAPH_STREAM_LOST', message, subgraph)
}

/** The subgraph's stream broke off. */
export function lossOf(subgraph: string): UpstreamEnd {
  return upstreamFailure('SUBGRAPH_STREAM_LOST', `The stream from the subgraph ${subgraph} was lost`, subgraph)
}

/** A subgraph sent more in one message than it may. Not a loss: the same message would come again. */
export function tooLargeOf(subgraph: string, maxBytes: number): UpstreamEnd {
  const message = `The subgraph ${subgraph} sent an event of more than ${maxBytes} bytes`
  return upstreamFailure('SUBREQUEST_RESPONSE_TOO_LARGE', message, subgraph)
}

/** A subgraph sent what is no message, or an event that is no execution result. */
export function malformedOf(subgraph: string): UpstreamEnd {
  const message = `The subgraph ${subgraph} sent an event that is none`
  return upstreamFailure('SUBREQUEST_MALFORMED_RESPONSE', message, subgraph)
}

/** The gateway gives the stream up as it stops. */
export function stoppingOf(subgraph: string): UpstreamEnd {
  return upstreamFailure('SUBGRAPH_STREAM_LOST', 'The gateway is stopping', subgraph)
}

/** The subgraph did not say in time that it takes the subscription. */
export function timeoutOf(subgraph: string): UpstreamEnd {
  const message = `The subgraph ${subgraph} did not accept the subscription in time`
  return upstreamFailure('SUBGRAPH_REQUEST_TIMEOUT', message, subgraph)
}

/** There is no subgraph to talk to, or none that speaks the protocol. */
export function unreachableOf(subgraph: string): UpstreamEnd {
  const message = `The subgraph ${subgraph} cannot be reached for subscriptions`
  return upstreamFailure('SUBREQUEST_HTTP_ERROR', message, subgraph)
}
