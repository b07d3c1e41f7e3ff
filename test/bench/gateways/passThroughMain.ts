import { createServer } from 'node:http'
import { Pool } from 'undici'

/** A proxy of the least work, node:http and undici: `node passThroughMain.mjs <subgraph URL> <port>`. The floor for a small query. */
const [, , subgraphUrl = '', port] = process.argv
const { origin, pathname } = new URL(subgraphUrl)
const pool = new Pool(origin, { connections: 64 })

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () =>
    forward(Buffer.concat(chunks)).then(
      (answer) => send(200, answer),
      () => send(502, Buffer.from('')),
    ),
  )
  const send = (status: number, answer: Buffer) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': answer.length })
    response.end(answer)
  }
}).listen(Number(port), '127.0.0.1')

function forward(body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    pool.dispatch(
      { path: pathname, method: 'POST', headers: { 'content-type': 'application/json' }, body },
      {
        onConnect() {},
        onHeaders: () => true,
        onData: (chunk) => chunks.push(chunk) > 0,
        onComplete: () => resolve(Buffer.concat(chunks)),
        onError: reject,
      },
    )
  })
}
