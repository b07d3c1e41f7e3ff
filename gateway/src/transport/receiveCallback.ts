import type { IncomingMessage, ServerResponse } from 'node:http'
import { isFields } from '../executor/ownField.ts'
import type { CallbackMessage, CallbackSubscription } from './callbackSubscription.ts'
import { readText } from './readText.ts'

/**
 * Answers a request of a subgraph about the subscription with this id: 204 when the message is taken, 404 when there is no such
 * subscription (or no longer, or the verifier is another's): the subgraph is to end it. 400 and 413 for what is no message, 503 when too many come at once.
 */
export type ReceiveCallback = (request: IncomingMessage, response: ServerResponse, id: string) => Promise<void>

/** Messages of one subscription are taken in the order in which they come, however long their bodies take. */
export function createReceiveCallback(
  find: (id: string) => CallbackSubscription | undefined,
  maxBytes: number,
): ReceiveCallback {
  return async (request, response, id) => {
    const answer = (status: number, headers = {}) => void response.writeHead(status, headers).end()
    const subscription = find(id)
    if (!subscription) return answer(404)
    if (request.method !== 'POST') return answer(405, { allow: 'POST' })
    const place = subscription.queue()
    if (!place) return answer(503, { 'retry-after': '1' })
    try {
      const text = await readText(request.iterator({ destroyOnReturn: false }), maxBytes).catch(() => null)
      await place.turn
      // It broke off in the middle.
      if (text === null) return void response.destroy()
      if (text === undefined) {
        subscription.refuseTooLarge()
        return answer(413, { connection: 'close' })
      }
      const read = readMessage(text)
      if (!read || read.id !== id) return answer(400)
      if (!subscription.isVerifier(read.verifier) || !subscription.take(read.message)) return answer(404)
      return answer(204, { 'subscription-protocol': 'callback/1.0' })
    } finally {
      place.done()
    }
  }
}

function readMessage(text: string): { id: unknown; verifier: unknown; message: CallbackMessage } | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isFields(body) || body.kind !== 'subscription') return undefined
  const { id, verifier, action, payload, errors } = body
  switch (action) {
    case 'check':
      return { id, verifier, message: { action } }
    case 'next':
      return { id, verifier, message: { action, payload, bytes: text.length } }
    case 'complete':
      return { id, verifier, message: { action, errors } }
    default:
      return undefined
  }
}
