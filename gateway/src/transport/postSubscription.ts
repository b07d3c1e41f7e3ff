import { identityHeader, signIdentity } from '@tributary/runtime/identity'
import { type Dispatcher, request } from 'undici'
import type { UpstreamRequest } from './Upstream.ts'

export type PostedSubscription = {
  request: UpstreamRequest
  url: string
  accept: string
  /** Goes into the body beside query and variables. */
  extensions?: Record<string, unknown>
  secret: string | undefined
  dispatcher: Dispatcher
  signal: AbortSignal
}

/** Asks a subgraph for a subscription by HTTP POST, signed like any other request to it. Resolves with the head of its answer, without a deadline of its own. */
export function postSubscription(options: PostedSubscription): Promise<Dispatcher.ResponseData> {
  const { query, variables, context } = options.request
  const { extensions, secret } = options
  const body = JSON.stringify({ query, variables, ...(extensions && { extensions }) })
  return request(options.url.replace(/^ws/, 'http'), {
    method: 'POST',
    headers: {
      ...context.headers,
      'content-type': 'application/json',
      accept: options.accept,
      ...(secret !== undefined && { [identityHeader]: signIdentity(context.identity, body, secret) }),
    },
    body,
    dispatcher: options.dispatcher,
    signal: options.signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}
