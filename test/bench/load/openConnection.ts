import { connect } from 'node:net'
import { createResponseReader } from './createResponseReader.ts'

/** One keep-alive connection with one request at a time. */
export type Connection = {
  /** Sends the bytes of a request and resolves with the response's end. Rejects when the connection breaks. */
  send(request: Buffer | string, onBody: (piece: Buffer) => void): Promise<number>
  close(): void
}

/** Connects to a port of this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let pending: { resolve(status: number): void; reject(error: Error): void; onBody(piece: Buffer): void } | undefined
  const take = () => {
    const taken = pending
    pending = undefined
    return taken
  }
  const read = createResponseReader({
    onBody: (piece) => pending?.onBody(piece),
    onEnd: (status) => take()?.resolve(status),
  })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('data', (chunk) => {
    try {
      read(chunk)
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
  socket.on('error', (error) => take()?.reject(error))
  socket.on('close', () => take()?.reject(new Error('The gateway closed the connection')))
  return {
    send: (request, onBody) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('The connection is closed'))
        pending = { resolve, reject, onBody }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}
