import type { Socket } from 'node:net'
import { drainMs, type Running } from '@tributary/runtime'
import type { PlainCaller } from './PlainCaller.ts'
import { PlainConnection, type PlainHost } from './PlainConnection.ts'
import { createReadPlainRequest } from './readPlainRequest.ts'

/** Reads clients' connections itself as long as all that comes is plain: see `PlainConnection`. */
export type PlainDoor = Running & {
  /** Takes a connection from its first byte on. */
  accept(socket: Socket): void
  /** How many requests were read here. */
  requests(): number
}

export type PlainDoorOptions = {
  /** What comes with more is not plain, in bytes. */
  maxBodyBytes: number
  /** How long a connection is kept after an answer, in milliseconds. */
  keepAliveMs: number
  /** Answers a request. Never rejects. */
  answer(caller: PlainCaller): Promise<void>
  /** Takes over a connection, with what has been read of it put back: node:http has the timeouts, and words for what is wrong. */
  handOver(socket: Socket): void
}

/** How often connections are looked at, and how long a request may take to come before it is node:http's, in milliseconds. */
const sweepMs = 1_000

/** The {@link PlainDoor}. Stopping ends idle connections at once and the others with their answers, for up to 10 s. */
export function createPlainDoor(options: PlainDoorOptions): PlainDoor {
  const { maxBodyBytes, keepAliveMs, answer, handOver } = options
  const connections = new Set<PlainConnection>()
  let date: string | undefined
  let requests = 0
  let stopping: Promise<void> | undefined
  const host: PlainHost = {
    keepAliveMs,
    isStopping: () => stopping !== undefined,
    read: createReadPlainRequest(maxBodyBytes),
    date() {
      date ??= readDate()
      return date
    },
    answer(caller) {
      requests++
      return answer(caller)
    },
    forget: (connection) => void connections.delete(connection),
    handOver(connection) {
      connections.delete(connection)
      handOver(connection.release())
    },
  }
  const sweeping = setInterval(sweep, sweepMs)
  sweeping.unref()
  return {
    accept: (socket) => void connections.add(new PlainConnection(socket, host)),
    requests: () => requests,
    stop() {
      stopping ??= stop()
      return stopping
    },
  }

  /** The text of this second. */
  function readDate(): string {
    const now = new Date()
    setTimeout(() => {
      date = undefined
    }, 1_000 - now.getMilliseconds()).unref()
    return now.toUTCString()
  }

  function sweep(): void {
    const nowMs = Date.now()
    for (const connection of connections) {
      const state = connection.phase()
      if (state.phase === 'idle' && nowMs - state.sinceMs > keepAliveMs) connection.socket.destroy()
      else if (state.phase === 'asking' && nowMs - state.sinceMs > sweepMs) host.handOver(connection)
    }
  }

  async function stop(): Promise<void> {
    clearInterval(sweeping)
    const gone = [...connections].map(
      ({ socket }) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
    )
    for (const connection of connections) connection.endIfFree()
    const timer = setTimeout(() => {
      for (const { socket } of connections) socket.destroy()
    }, drainMs)
    await Promise.all(gone)
    clearTimeout(timer)
  }
}
