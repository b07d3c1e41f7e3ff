import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallbackAnswer, Callbacks } from './createCallbacks.ts'

/** The path below the base URL under which a function reports an attempt. */
export function callbackPathOf({ kindName, id, attempt }: { kindName: string; id: string; attempt: number }): string {
  return `/${kindName}/${id}/${attempt}`
}

/** Answers a report. `path` is what follows the base URL. */
export async function serveCallback(options: {
  path: string
  request: IncomingMessage
  response: ServerResponse
  callbacks: Callbacks
}): Promise<void> {
  const { response } = options
  const { status, body } = await answer(options)
  // What is not read to its end cannot be followed by another request.
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function answer({
  path,
  request,
  callbacks,
}: {
  path: string
  request: IncomingMessage
  callbacks: Callbacks
}): Promise<CallbackAnswer> {
  const [, kindName, id, attempt] = pathShape.exec(path) ?? []
  const maxBytes = kindName === undefined ? undefined : callbacks.maxBytes(kindName)
  if (kindName === undefined || id === undefined || maxBytes === undefined) {
    return { status: 404, body: { error: 'Expected the callbackUrl of a job' } }
  }
  if (request.method !== 'POST') return { status: 405, body: { error: 'Expected a POST' } }
  const body = await readBody(request, maxBytes)
  if (body === undefined) return { status: 413, body: { error: `Expected at most ${maxBytes} bytes` } }
  return callbacks.take({ kindName, attempt: { id, attempt: Number(attempt) }, headers: request.headers, body })
}

const pathShape = /^\/([A-Za-z]\w{0,63})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(\d{1,9})$/

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
