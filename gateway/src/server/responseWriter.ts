import type { ServerResponse } from 'node:http'
import type { StreamFormat } from './StreamFormat.ts'

/** Writes a response that is a stream: at the pace of its reader, with a heartbeat, to one end. */
export type ResponseWriter = {
  /** Gives a promise when there is no room for more: it resolves when there is, or when the client has left. */
  write(text: string): Promise<void> | undefined
  /** Writes last words and ends the response. What is written after that is dropped. */
  end(words: string): void
}

export type ResponseWriterOptions = {
  response: ServerResponse
  format: StreamFormat
  /** How long a client may leave what was written unread; then its connection is destroyed. */
  writeTimeoutMs: number
  /** Called once, when the response is closed, by whomever. */
  onClose(): void
}

/** Sends the head of a stream, and gives what writes the rest. */
export function openResponseWriter({ response, format, ...options }: ResponseWriterOptions): ResponseWriter {
  let room: Promise<void> | undefined
  let hasRoom: (() => void) | undefined
  let patience: NodeJS.Timeout | undefined
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(format.heartbeat)
  }, format.heartbeatMs)
  response.on('drain', goOn)
  response.once('close', close)
  // It may have left while its token was being verified.
  if (response.destroyed) setImmediate(close)
  else beginHttpStream(response, format)
  return {
    write(text) {
      if (response.writableEnded || response.destroyed || response.write(text)) return undefined
      room ??= new Promise((resolve) => {
        hasRoom = resolve
        patience = setTimeout(() => response.destroy(), options.writeTimeoutMs)
      })
      return room
    },
    end(words) {
      if (response.writableEnded) return
      clearInterval(heartbeat)
      clearTimeout(patience)
      patience = setTimeout(() => response.destroy(), options.writeTimeoutMs)
      response.end(words)
    },
  }

  function goOn(): void {
    if (!response.writableEnded) clearTimeout(patience)
    hasRoom?.()
    room = undefined
    hasRoom = undefined
  }

  function close(): void {
    clearInterval(heartbeat)
    clearTimeout(patience)
    response.off('drain', goOn)
    hasRoom?.()
    options.onClose()
  }
}

/** Sends the head of a response that is a stream: kept by no cache, and gathered by no proxy (nginx reads `x-accel-buffering`). */
export function beginHttpStream(response: ServerResponse, format: StreamFormat): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  response.writeHead(200, { 'content-type': format.contentType, 'x-accel-buffering': 'no' })
  response.write(format.opening)
}
