/** Where a reader reports: each piece of a body, and the end of each response. */
export type ResponseListener = { onBody(piece: Buffer): void; onEnd(status: number): void }

const endOfHead = Buffer.from('\r\n\r\n')
const maxHeadBytes = 64_000

/**
 * Reads HTTP/1.1 responses (RFC 9112) from the chunks of one connection, with `Content-Length` or chunked: the part of HTTP that a
 * load generator needs, at a tenth of a client's cost, since generator and fixtures share a core. Throws for anything else.
 */
export function createResponseReader(listener: ResponseListener): (chunk: Buffer) => void {
  let state: 'head' | 'body' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer' = 'head'
  let rest: Buffer = Buffer.alloc(0)
  let status = 0
  let remaining = 0

  const end = () => {
    state = 'head'
    listener.onEnd(status)
  }
  const readHead = (head: string) => {
    status = Number(head.slice(9, 12))
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      state = 'chunkSize'
      return
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) throw new Error(`Expected a response with a length, got: ${head}`)
    remaining = Number(length)
    state = 'body'
    if (remaining === 0) end()
  }
  /** The next line of `data` from `offset`, or undefined when it is not there yet. */
  const lineAt = (data: Buffer, offset: number) => {
    const lineEnd = data.indexOf('\r\n', offset)
    return lineEnd < 0 ? undefined : { text: data.toString('latin1', offset, lineEnd), next: lineEnd + 2 }
  }

  return (chunk) => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let offset = 0
    while (offset < data.length) {
      if (state === 'head') {
        const headEnd = data.indexOf(endOfHead, offset)
        if (headEnd < 0) {
          if (data.length - offset > maxHeadBytes) throw new Error('Expected a shorter response head')
          break
        }
        const head = data.toString('latin1', offset, headEnd)
        offset = headEnd + endOfHead.length
        readHead(head)
      } else if (state === 'body' || state === 'chunk') {
        const piece = data.subarray(offset, offset + remaining)
        listener.onBody(piece)
        offset += piece.length
        remaining -= piece.length
        if (remaining > 0) continue
        if (state === 'body') end()
        else state = 'chunkEnd'
      } else {
        const line = lineAt(data, offset)
        if (!line) break
        offset = line.next
        if (state === 'chunkEnd') {
          state = 'chunkSize'
        } else if (state === 'chunkSize') {
          remaining = Number.parseInt(line.text, 16)
          state = remaining === 0 ? 'trailer' : 'chunk'
        } else if (line.text === '') {
          end()
        }
      }
    }
    rest = data.subarray(offset)
  }
}
