import { request } from 'undici'
import { readText } from '../transport/readText.ts'
import { SupergraphError, type SupergraphSource } from './SupergraphSource.ts'

/** How long a supergraph's server may take, and how much it may say. */
const timeoutMs = 10_000
const maxBytes = 32 * 1024 * 1024

/** The supergraph at a URL, asked for with the `etag` of the last answer. */
export function urlSource(url: string): SupergraphSource {
  let etag: string | undefined
  return {
    name: url,
    async load() {
      const { statusCode, headers, body } = await request(url, {
        headers: { accept: 'text/plain, */*', ...(etag !== undefined && { 'if-none-match': etag }) },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((cause) => fail(`SUPERGRAPH ${url} does not answer: check the URL.`, cause))
      if (statusCode === 304) {
        await body.dump()
        return undefined
      }
      if (statusCode !== 200) {
        await body.dump()
        return fail(`SUPERGRAPH ${url} answers with status ${statusCode}, not with a supergraph.`)
      }
      const text = await readText(body, maxBytes).catch((cause) =>
        fail(`SUPERGRAPH ${url} broke off its answer.`, cause),
      )
      if (text === undefined) return fail(`SUPERGRAPH ${url} answers with more than ${maxBytes} bytes.`)
      etag = typeof headers.etag === 'string' ? headers.etag : undefined
      return text
    },
  }
}

function fail(message: string, cause?: unknown): never {
  throw new SupergraphError(message, { cause })
}
