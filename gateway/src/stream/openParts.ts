import { Cancellation } from '../executor/CancelSignal.ts'
import type { IncrementalResult } from '../executor/IncrementalResult.ts'
import { withSignal } from '../executor/RequestContext.ts'
import type { CompiledOperation, ExecuteRequest } from '../operation/CompiledOperation.ts'
import type { UpstreamStream } from '../transport/Upstream.ts'

/**
 * Begins an operation of which something is deferred: gives its parts, those that are not there at the deadline with errors instead. Undefined when, with
 * these variables, nothing is.
 */
export function openParts(
  { incremental }: Exclude<CompiledOperation, { kind: 'subscription' }>,
  { variables, transport, context }: ExecuteRequest,
  timeoutMs: number,
): UpstreamStream<IncrementalResult> | undefined {
  const signal = new Cancellation()
  const run = incremental?.begin({ variables, transport, context: withSignal(context, signal) })
  if (!run) return undefined
  const deadline = setTimeout(() => signal.abort(), timeoutMs)
  return {
    async next() {
      const result = await run.next()
      return result ? { kind: 'event', result } : { kind: 'complete' }
    },
    stop() {
      clearTimeout(deadline)
      signal.abort()
    },
  }
}
