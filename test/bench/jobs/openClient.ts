import { type Connection, openConnection } from '../load/openConnection.ts'

/** Somebody who submits jobs, one request at a time on one kept-alive connection to the gateway. */
export type Client = {
  /** Submits a tiny job and gives its id. */
  submit(n: number): Promise<string>
  /** Waits for its end, and gives its status then. */
  waitForEnd(id: string): Promise<string>
  close(): void
}

/** Connects. What is not answered as expected is thrown. */
export async function openClient({ port, token }: { port: number; token: string }): Promise<Client> {
  const connection = await openConnection(port)
  const ask = (query: string, variables: object) =>
    post(connection, { token, body: JSON.stringify({ query, variables }) })
  return {
    submit: (n) =>
      ask('mutation ($input: JSON!) { job: submitJob(kind: "tiny", input: $input) { it: id } }', { input: { n } }),
    waitForEnd: (id) => ask('query ($id: ID!) { job(id: $id, waitMs: 10000) { it: status } }', { id }),
    close: connection.close,
  }
}

async function post(connection: Connection, { token, body }: { token: string; body: string }): Promise<string> {
  const head = [
    'POST /graphql HTTP/1.1',
    'host: gateway',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `authorization: Bearer ${token}`,
  ]
  let answer = ''
  await connection.send(`${head.join('\r\n')}\r\n\r\n${body}`, (piece) => {
    answer += piece.toString()
  })
  const it = JSON.parse(answer).data?.job?.it
  if (typeof it !== 'string') throw new Error(`Expected an answer with a job, got ${answer}`)
  return it
}
