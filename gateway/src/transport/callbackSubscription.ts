import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Log } from '@tributary/runtime'
import { readSubgraphErrors } from '../executor/readSubgraphErrors.ts'
import type { UpstreamEnd, UpstreamStream } from './Upstream.ts'
import type { UpstreamLimits } from './UpstreamLimits.ts'
import { createUpstreamBuffer } from './upstreamBuffer.ts'
import { lossOf, overflowOf, timeoutOf, tooLargeOf } from './upstreamFailure.ts'
import { readUpstreamError, readUpstreamNext } from './upstreamMessages.ts'

/** What a subgraph says of a subscription, as it calls back. */
export type CallbackMessage =
  /** It is there: said before it accepts, then as its heartbeat. */
  { action: 'check' } | { action: 'next'; payload: unknown; bytes: number } | { action: 'complete'; errors: unknown }

/** One subscription at a subgraph that calls back, until its end. */
export type CallbackSubscription = {
  /** Unguessable: with the verifier it lets a subgraph in. */
  readonly id: string
  readonly verifier: string
  readonly stream: UpstreamStream
  /** Compared in constant time. */
  isVerifier(given: unknown): boolean
  /** A message comes in: gives what waits until those before it have been taken. Undefined when too many come at once. */
  queue(): { turn: Promise<void>; done(): void } | undefined
  /** False when it makes no sense to go on. */
  take(message: CallbackMessage): boolean
  /** A message was larger than it may be. */
  refuseTooLarge(): void
  /** The subgraph has answered that it takes the subscription. */
  accept(): void
  end(end: UpstreamEnd): void
}

/** How many messages of one subscription may come at a time. */
const maxQueued = 32

/** Opens a {@link CallbackSubscription}; `onEnd` is called once, when it is over for whichever reason. */
export function openCallbackSubscription(options: {
  subgraph: string
  limits: UpstreamLimits
  log: Log
  onEnd(): void
}): CallbackSubscription {
  const { subgraph, limits, log } = options
  const verifier = randomBytes(32).toString('base64url')
  const verifierBytes = Buffer.from(verifier)
  let isOver = false
  let wasChecked = false
  let wasAccepted = false
  let queued = 0
  let last: Promise<void> = Promise.resolve()
  let deadline = setTimeout(() => end(timeoutOf(subgraph)), limits.connectTimeoutMs)
  const buffer = createUpstreamBuffer({
    maxEvents: limits.maxBufferedEvents,
    maxBytes: limits.maxBufferedBytes,
    onStop: release,
  })
  return {
    id: randomUUID(),
    verifier,
    stream: buffer.stream,
    isVerifier(given) {
      const bytes = Buffer.from(typeof given === 'string' ? given : '')
      return bytes.length === verifierBytes.length && timingSafeEqual(bytes, verifierBytes)
    },
    queue() {
      if (queued >= maxQueued) return undefined
      queued++
      const turn = last
      let leave = () => {}
      last = new Promise((resolve) => {
        leave = resolve
      })
      return {
        turn,
        done() {
          queued--
          leave()
        },
      }
    },
    take(message) {
      if (isOver) return false
      wasChecked = true
      beginSilence()
      switch (message.action) {
        case 'check':
          return true
        case 'next': {
          const next = readUpstreamNext(message.payload, subgraph)
          if (next.kind !== 'event') end(next)
          else if (!buffer.push(next.result, message.bytes)) end(overflowOf(subgraph))
          return !isOver
        }
        case 'complete': {
          const errors = readSubgraphErrors(message.errors)
          end(errors ? { kind: 'failed', error: readUpstreamError(errors, subgraph) } : { kind: 'complete' })
          return true
        }
        default:
          return message satisfies never
      }
    },
    refuseTooLarge: () => end(tooLargeOf(subgraph, limits.maxMessageBytes)),
    accept() {
      wasAccepted = true
      beginSilence()
    },
    end,
  }

  /** From its acceptance on, a subgraph that has not called for two ping intervals is lost. */
  function beginSilence(): void {
    if (isOver || !wasChecked || !wasAccepted) return
    clearTimeout(deadline)
    deadline = setTimeout(() => {
      log.warn({ subgraph, reason: 'silence' }, 'upstream subscription lost')
      end(lossOf(subgraph))
    }, 2 * limits.pingIntervalMs)
  }

  function end(why: UpstreamEnd): void {
    release()
    buffer.end(why)
  }

  function release(): void {
    if (isOver) return
    isOver = true
    clearTimeout(deadline)
    options.onEnd()
  }
}
