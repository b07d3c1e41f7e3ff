import { Pool } from 'undici'
import type { ExchangeHandler, ExchangeRequest } from './Exchange.ts'
import { Http1Pool } from './Http1Pool.ts'

/** The connections to one subgraph. */
export type Origin = {
  /** Sends a POST whose outcome the handler is told. Throws for a header that is none. */
  post(request: ExchangeRequest, handler: ExchangeHandler): void
  /** Lets what is under way end. */
  close(): Promise<void>
}

export type OriginOptions = {
  url: string
  connections: number
  /** Queries that may be under way on one connection. */
  pipelining: number
  connectTimeoutMs: number
}

/** Opens connections when they are needed: our own for http, undici's for https. */
export function createOrigin(options: OriginOptions): Origin {
  const url = new URL(options.url)
  return url.protocol === 'http:' ? createPlainOrigin(url, options) : createUndiciOrigin(url, options)
}

function createPlainOrigin(url: URL, { connections, pipelining, connectTimeoutMs }: OriginOptions): Origin {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port || 80)
  const pool = new Http1Pool({ host, port, connections, pipelining, connectTimeoutMs })
  // What comes after a mutation on its connection would have to wait, and what fails before it would take it along.
  const ownPool = pipelining > 1 ? new Http1Pool({ host, port, connections, pipelining: 1, connectTimeoutMs }) : pool
  const start = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`
  return {
    post({ headers, body, isRepeatable }, handler) {
      let head = start
      for (let i = 0; i < headers.length; i += 2) {
        const value = headers[i + 1] ?? ''
        if (notAValue.test(value)) throw new Error('Expected header values without control characters')
        head += `${headers[i]}: ${value}\r\n`
      }
      const bodyBytes = Buffer.byteLength(body)
      head += `content-length: ${bodyBytes}\r\n\r\n`
      // Header values are Latin-1 (RFC 9110, section 5.5), bodies are UTF-8: together they are one text if the body is ASCII.
      const isAscii = bodyBytes === body.length
      const payload = isAscii ? head + body : Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
      ;(isRepeatable ? pool : ownPool).send(payload, handler)
    },
    close: async () => void (await Promise.all([pool.close(), ownPool === pool ? undefined : ownPool.close()])),
  }
}

/** What no header's value may contain: control characters, line ends above all, and what is not Latin-1. */
const notAValue = /[^\t\x20-\x7e\x80-\xff]/

function createUndiciOrigin(url: URL, { connections, pipelining, connectTimeoutMs }: OriginOptions): Origin {
  // One deadline covers all phases: undici's own are off.
  const pool = new Pool(url.origin, {
    connections,
    pipelining,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: connectTimeoutMs,
  })
  const path = url.pathname + url.search
  return {
    post({ headers, body }, handler) {
      pool.dispatch({ path, method: 'POST', headers: [...headers], body }, handler)
    },
    close: () => pool.close(),
  }
}
