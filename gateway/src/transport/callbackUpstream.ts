import type { Running } from '@tributary/runtime'
import { Agent, type Dispatcher } from 'undici'
import { isFields } from '../executor/ownField.ts'
import { type CallbackSubscription, openCallbackSubscription } from './callbackSubscription.ts'
import { postSubscription } from './postSubscription.ts'
import { readAnswer } from './readAnswer.ts'
import { readText } from './readText.ts'
import { createReceiveCallback, type ReceiveCallback } from './receiveCallback.ts'
import type { Upstream, UpstreamEnd, UpstreamRequest, UpstreamStream } from './Upstream.ts'
import { defaultUpstreamLimits } from './UpstreamLimits.ts'
import type { UpstreamOptions } from './UpstreamOptions.ts'
import { malformedOf, stoppingOf, unreachableOf, unreachableStream, upstreamFailure } from './upstreamFailure.ts'
import { readUpstreamError } from './upstreamMessages.ts'

export type CallbackUpstream = Upstream &
  Running & {
    /** Answers what subgraphs say of their subscriptions: see {@link ReceiveCallback}. */
    receive: ReceiveCallback
  }

export type CallbackUpstreamOptions = UpstreamOptions & {
  /** Where subgraphs reach `receive` of this very process, without the id that is added to its path. */
  callbackUrl(): string
}

/** How much of the answer to the first request is read, in bytes. */
const maxAnswerBytes = 256 * 1024

/**
 * Subscribes at subgraphs by Apollo's HTTP callback protocol
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/callback-protocol): a signed POST says where to call
 * back, and every event is a request of the subgraph. It has no way to say that nobody listens any more: the next call is answered with 404.
 */
export function createCallbackUpstream(options: CallbackUpstreamOptions): CallbackUpstream {
  const limits = { ...defaultUpstreamLimits, ...options.limits }
  const dispatcher = new Agent({ connectTimeout: limits.connectTimeoutMs })
  const open = new Map<string, { subscription: CallbackSubscription; subgraph: string }>()
  let stopping: Promise<void> | undefined
  return {
    subscribe(request) {
      const address = options.subgraphs(request.subgraph)
      return stopping || !address ? unreachableStream(request.subgraph) : begin(request, address.url)
    },
    receive: createReceiveCallback((id) => open.get(id)?.subscription, limits.maxMessageBytes),
    // No connection is a stream's own.
    counts: () => ({ sockets: 0, streams: open.size }),
    stop() {
      for (const { subscription, subgraph } of [...open.values()]) subscription.end(stoppingOf(subgraph))
      stopping ??= dispatcher.destroy()
      return stopping
    },
  }

  function begin(request: UpstreamRequest, url: string): UpstreamStream {
    const { subgraph } = request
    const asking = new AbortController()
    const subscription = openCallbackSubscription({
      subgraph,
      limits,
      log: options.log,
      onEnd() {
        open.delete(subscription.id)
        asking.abort()
      },
    })
    open.set(subscription.id, { subscription, subgraph })
    ask().then(
      (refusal) => (refusal ? subscription.end(refusal) : subscription.accept()),
      (error: unknown) => {
        if (open.has(subscription.id)) options.log.warn({ err: error, subgraph }, 'upstream subscription failed')
        subscription.end(unreachableOf(subgraph))
      },
    )
    return subscription.stream

    async function ask(): Promise<UpstreamEnd | undefined> {
      const { id, verifier } = subscription
      const response = await postSubscription({
        request,
        url,
        accept: 'application/json;callbackSpec=1.0, application/json',
        extensions: {
          subscription: {
            callbackUrl: `${options.callbackUrl()}/${id}`,
            subscriptionId: id,
            verifier,
            heartbeatIntervalMs: limits.pingIntervalMs,
          },
        },
        secret: options.secret,
        dispatcher,
        signal: asking.signal,
      })
      return readAcceptance(response, subgraph)
    }
  }
}

/** Undefined where the answer says that the subscription is taken: `{"data": null}`. Else why it is not. */
async function readAcceptance(
  { statusCode: status, body }: Dispatcher.ResponseData,
  subgraph: string,
): Promise<UpstreamEnd | undefined> {
  const text = await readText(body, maxAnswerBytes)
  if (text === undefined) return malformedOf(subgraph)
  const answer = readAnswer({ status, bytes: Buffer.from(text) }, subgraph)
  if (answer.kind === 'answer' && answer.errors) {
    return { kind: 'failed', error: readUpstreamError(answer.errors, subgraph) }
  }
  if (status >= 200 && status < 300 && isAcceptance(text)) return undefined
  if (answer.kind === 'failure') return upstreamFailure(answer.code, answer.message, subgraph)
  const message = `The subgraph ${subgraph} answered a subscription as if it were a query`
  return upstreamFailure('SUBREQUEST_MALFORMED_RESPONSE', message, subgraph)
}

function isAcceptance(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text)
    return isFields(answer) && answer.data === null
  } catch {
    return false
  }
}
