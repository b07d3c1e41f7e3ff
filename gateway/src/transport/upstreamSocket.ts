import type { Log, Running } from '@tributary/runtime'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, type Message, MessageType, parseMessage, stringifyMessage } from 'graphql-ws'
import { type RawData, WebSocket } from 'ws'
import type { UpstreamEnd, UpstreamStream } from './Upstream.ts'
import type { UpstreamLimits } from './UpstreamLimits.ts'
import { createUpstreamBuffer, type UpstreamBuffer } from './upstreamBuffer.ts'
import { lossOf, malformedOf, overflowOf, stoppingOf, timeoutOf, tooLargeOf, unreachableOf } from './upstreamFailure.ts'
import { readUpstreamError, readUpstreamNext } from './upstreamMessages.ts'

export type UpstreamSocketOptions = {
  subgraph: string
  url: string
  /** HTTP headers of the upgrade request. */
  headers: Record<string, string>
  /** The payload of `connection_init`, made when the socket is open: the signature in it ages. */
  connectionParams(): Record<string, unknown>
  limits: UpstreamLimits
  log: Log
  /** Called once, when no further stream may join: the last one has left, or the socket was lost. */
  onEnd(): void
}

export type UpstreamSocket = Running & {
  subscribe(payload: SubscribePayload): UpstreamStream
  /** How many streams are open on it. */
  streamCount(): number
}

export type SubscribePayload = {
  query: string
  variables: Record<string, unknown>
  extensions?: Record<string, unknown>
}

/** How long a subgraph may take to answer our close frame before the socket is destroyed. */
const closeTimeoutMs = 2_000

/**
 * One graphql-transport-ws connection to a subgraph that carries any number of streams. It lives once: it connects when it is
 * made, and ends when its last stream leaves or when it is lost; then all its streams fail, and the next stream needs a new one.
 *
 * The messages are graphql-ws's; its client is not used because it subscribes again by itself when a server closes with 1000
 * (events in between would be lost unseen), does not count bytes, and cannot abandon a socket that is still connecting.
 */
export function openUpstreamSocket(options: UpstreamSocketOptions): UpstreamSocket {
  const { subgraph, limits, log } = options
  const streams = new Map<string, { payload: SubscribePayload; buffer: UpstreamBuffer }>()
  let phase: 'connecting' | 'open' | 'ended' = 'connecting'
  let nextId = 1
  let isAlive = true

  const ws = new WebSocket(options.url, GRAPHQL_TRANSPORT_WS_PROTOCOL, {
    headers: options.headers,
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    followRedirects: false,
  })
  const closed = new Promise<void>((resolve) => ws.once('close', () => resolve()))
  const connectTimer = setTimeout(() => lose(timeoutOf), limits.connectTimeoutMs)
  const pingTimer = setInterval(ping, limits.pingIntervalMs)

  ws.on('open', () => send({ type: MessageType.ConnectionInit, payload: options.connectionParams() }))
  ws.on('message', (data, isBinary) => receive(data, isBinary))
  ws.on('pong', () => (isAlive = true))
  ws.on('error', (error) => {
    // Whichever stream it was for: the same message would come again.
    if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') refuseTooLarge()
    else loseConnection({ err: error })
  })
  ws.on('close', (code, reason) => loseConnection({ closeCode: code, closeReason: String(reason) }))

  return {
    streamCount: () => streams.size,
    subscribe(payload) {
      const id = String(nextId++)
      const buffer = createUpstreamBuffer({
        maxEvents: limits.maxBufferedEvents,
        maxBytes: limits.maxBufferedBytes,
        onStop: () => leave(id),
      })
      streams.set(id, { payload, buffer })
      if (phase === 'open') send({ id, type: MessageType.Subscribe, payload })
      return buffer.stream
    },
    async stop() {
      if (phase !== 'ended') lose(stoppingOf, { close: 1001 })
      await closed
    },
  }

  function receive(data: RawData, isBinary: boolean) {
    if (phase === 'ended') return
    isAlive = true
    let message: Message
    const text = String(data)
    try {
      if (isBinary) throw new Error('Expected a text message, got a binary one')
      message = parseMessage(text)
    } catch (error) {
      log.warn({ err: error, subgraph }, 'upstream message cannot be read')
      return lose(malformedOf, { close: 4004 })
    }
    switch (message.type) {
      case MessageType.ConnectionAck:
        return acknowledge()
      case MessageType.Ping:
        return send({ type: MessageType.Pong, ...(message.payload && { payload: message.payload }) })
      case MessageType.Pong:
        return
      case MessageType.Next: {
        const stream = streams.get(message.id)
        if (!stream) return
        const next = readUpstreamNext(message.payload, subgraph)
        const bytes = Buffer.isBuffer(data) ? data.length : text.length
        if (next.kind === 'event' && stream.buffer.push(next.result, bytes)) return
        send({ id: message.id, type: MessageType.Complete })
        return finish(message.id, next.kind === 'event' ? overflowOf(subgraph) : next)
      }
      case MessageType.Error:
        return finish(message.id, { kind: 'failed', error: readUpstreamError(message.payload, subgraph) })
      case MessageType.Complete:
        return finish(message.id, { kind: 'complete' })
      default:
        return
    }
  }

  function acknowledge(): void {
    if (phase !== 'connecting') return
    phase = 'open'
    clearTimeout(connectTimer)
    for (const [id, { payload }] of streams) send({ id, type: MessageType.Subscribe, payload })
  }

  /** The reader of a stream has left. */
  function leave(id: string): void {
    if (!streams.delete(id)) return
    if (phase === 'open') send({ id, type: MessageType.Complete })
    endIfUnused()
  }

  /** The subgraph has ended a stream. */
  function finish(id: string, end: UpstreamEnd): void {
    const stream = streams.get(id)
    if (!stream) return
    streams.delete(id)
    stream.buffer.end(end)
    endIfUnused()
  }

  function endIfUnused(): void {
    if (streams.size > 0 || phase === 'ended') return
    const wasOpen = phase === 'open'
    release()
    if (wasOpen) close(1000)
    else ws.terminate()
  }

  function loseConnection(details: Record<string, unknown>): void {
    if (phase === 'ended') return
    log.warn({ ...details, subgraph, streams: streams.size }, 'upstream socket lost')
    lose(phase === 'open' ? lossOf : unreachableOf)
  }

  function refuseTooLarge(): void {
    log.warn({ subgraph, maxBytes: limits.maxMessageBytes }, 'upstream message is too large')
    lose((name) => tooLargeOf(name, limits.maxMessageBytes))
  }

  /** Every stream fails with this; the socket is closed with `close`, or destroyed. */
  function lose(why: (subgraph: string) => UpstreamEnd, how: { close?: number } = {}): void {
    if (phase === 'ended') return
    const lost = [...streams.values()]
    streams.clear()
    release()
    if (how.close !== undefined && ws.readyState === WebSocket.OPEN) close(how.close)
    else ws.terminate()
    for (const { buffer } of lost) buffer.end(why(subgraph))
  }

  function close(code: number): void {
    ws.close(code)
    const timer = setTimeout(() => ws.terminate(), closeTimeoutMs)
    ws.once('close', () => clearTimeout(timer))
  }

  function release(): void {
    phase = 'ended'
    clearTimeout(connectTimer)
    clearInterval(pingTimer)
    options.onEnd()
  }

  function ping() {
    if (phase !== 'open') return
    if (!isAlive) return loseConnection({ reason: 'no pong' })
    isAlive = false
    ws.ping()
  }

  function send(message: Message): void {
    // What cannot be written shows as the socket's own error or close.
    if (ws.readyState === WebSocket.OPEN) ws.send(stringifyMessage(message), () => {})
  }
}
