import type { ErrorCode } from '@tributary/schema'
import type { SubscriptionCursor } from '../operation/subscriptionCursor.ts'
import type { Upstream, UpstreamEvent, UpstreamRequest, UpstreamStream } from '../transport/Upstream.ts'

export type ResumeStreamOptions = {
  upstream: Upstream
  request: UpstreamRequest
  cursor: SubscriptionCursor
  /** The last `seq` that its reader has had, from an earlier stream: this one begins behind it. */
  behind?: number | undefined
  /** How long a lost stream is tried to be had again, from its loss, in milliseconds; then the loss is told. */
  resumeTimeoutMs: number
  /** Told when it is lost, and when it is had again. */
  onLoss?(isLost: boolean): void
}

/** What says that a subgraph, or what it needs, is away, not that it refuses. */
const away: ReadonlySet<unknown> = new Set<ErrorCode>([
  'SUBGRAPH_STREAM_LOST',
  'SUBREQUEST_HTTP_ERROR',
  'SUBGRAPH_REQUEST_TIMEOUT',
  'SERVICE_UNAVAILABLE',
])

/** The wait before another try doubles from the one to the other, in milliseconds; each is shortened by chance by up to a half. */
const minDelayMs = 100
const maxDelayMs = 5_000

/**
 * A subscription that outlives its subgraph's connection: when it is lost, it is opened again behind the last `seq` that was read, with
 * nothing lost and nothing told twice. One that never began, and one that the subgraph refuses, fails at once.
 */
export function resumeStream(options: ResumeStreamOptions): UpstreamStream {
  const { upstream, request, cursor, resumeTimeoutMs, onLoss } = options
  let last = options.behind
  let source = upstream.subscribe(behind(last))
  /** The loss that it is being had again from. */
  let loss: { event: UpstreamEvent; atMs: number } | undefined
  let tries = 0
  let isStopped = false
  let wake: (() => void) | undefined
  let end: UpstreamEvent | undefined

  return {
    async next() {
      while (!end) {
        const event = await source.next()
        if (event.kind === 'event') {
          const seq = event.result.data ? cursor.read(event.result.data) : undefined
          if (loss) onLoss?.(false)
          loss = undefined
          tries = 0
          if (seq !== undefined && last !== undefined && seq <= last) continue
          last = seq ?? last
          return event
        }
        if (event.kind === 'complete' || isStopped || !mayResume(event.error.extensions.code)) end = event
        else if (!(await wait(event))) end = isStopped ? { kind: 'complete' } : (loss?.event ?? event)
        else source = upstream.subscribe(behind(last))
      }
      return end
    },
    stop() {
      isStopped = true
      source.stop()
      wake?.()
    },
  }

  function mayResume(code: unknown): boolean {
    // Before its first event, a stream whose subgraph cannot be reached is refused: the client knows best whether to try again.
    return last === undefined && !loss ? code === 'SUBGRAPH_STREAM_LOST' : away.has(code)
  }

  /** Waits for the next try. False when there is to be none. */
  async function wait(event: UpstreamEvent): Promise<boolean> {
    if (!loss) onLoss?.(true)
    loss ??= { event, atMs: performance.now() }
    const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** tries++) * (0.5 + 0.5 * Math.random())
    if (performance.now() + delayMs - loss.atMs > resumeTimeoutMs) return false
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = undefined
    return !isStopped
  }

  function behind(seq: number | undefined): UpstreamRequest {
    if (seq === undefined) return request
    const { query, usesVariable } = cursor.after(seq)
    const variables = Object.fromEntries(Object.entries(request.variables).filter(([name]) => usesVariable(name)))
    return { ...request, query, variables }
  }
}
