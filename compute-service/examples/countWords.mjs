// A function that counts the words of a text, in plain Node. A short text is answered at once, a long one with 202 and reports.
//
//   FUNCTION_SECRET=change-me-change-me PORT=5001 node compute-service/examples/countWords.mjs
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const secret = process.env.FUNCTION_SECRET
if (!secret) throw new Error('Set FUNCTION_SECRET')
/** What works in the background, by `<job id>.<attempt>`. */
const atWork = new Map()

const server = createServer(async (request, response) => {
  const body = await text(request)
  const id = request.headers['webhook-id']
  if (!isSigned(request.headers, body)) return answer(response, 401, { message: 'Bad signature' })
  if (request.method === 'DELETE') {
    // Nobody wants this attempt any more.
    atWork.get(id)?.abort()
    return answer(response, 200, {})
  }
  // `jobId`, also the Idempotency-Key, is the same in each attempt: remember it where doing the work twice would do harm.
  const { input, callbackUrl } = JSON.parse(body)
  if (input.text.length <= 1_000) return answer(response, 200, { words: count(input.text) })
  answer(response, 202, {})
  const abort = new AbortController()
  atWork.set(id, abort)
  try {
    await work({ id, callbackUrl, text: input.text, signal: abort.signal })
  } catch (error) {
    console.error(error)
    await report({ id, callbackUrl }, { status: 'failed', message: 'Counting failed', isRetryable: true })
  } finally {
    atWork.delete(id)
  }
})
server.listen(Number(process.env.PORT ?? 5001), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`)
})

async function work({ id, callbackUrl, text, signal }) {
  const lines = text.split('\n')
  let words = 0
  for (const [index, line] of lines.entries()) {
    if (index % 100 === 0) {
      const progress = { status: 'running', progress: index / lines.length, message: `Line ${index + 1}` }
      // 409: the job has been cancelled, or another attempt runs.
      if (signal.aborted || (await report({ id, callbackUrl }, progress)) === 409) return
    }
    words += count(line)
  }
  await report({ id, callbackUrl }, { status: 'succeeded', output: { words } })
}

/** Sends a report, again while it does not arrive, and gives the status of the answer: the same report twice does no harm. */
async function report({ id, callbackUrl }, message) {
  const body = JSON.stringify(message)
  for (let tries = 1; ; tries++) {
    try {
      const headers = { 'content-type': 'application/json', ...sign(id, body) }
      const { status } = await fetch(callbackUrl, { method: 'POST', headers, body })
      if (status < 500 || tries === 5) return status
    } catch (error) {
      if (tries === 5) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** tries))
  }
}

function count(line) {
  return line.match(/\S+/g)?.length ?? 0
}

// Signatures are those of Standard Webhooks: HMAC-SHA256 over id, seconds and body.

function sign(id, body, timestamp = String(Math.floor(Date.now() / 1_000))) {
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

function isSigned(headers, body) {
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) < 300)) return false
  const expected = Buffer.from(sign(headers['webhook-id'], body, timestamp)['webhook-signature'])
  const given = Buffer.from(headers['webhook-signature'] ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
