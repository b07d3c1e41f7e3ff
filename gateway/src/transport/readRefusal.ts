import type { Dispatcher } from 'undici'
import { readAnswer } from './readAnswer.ts'
import { readText } from './readText.ts'
import type { UpstreamEnd } from './Upstream.ts'
import { upstreamFailure } from './upstreamFailure.ts'
import { readUpstreamError } from './upstreamMessages.ts'

/** How much of a refusal is read, in bytes. */
const maxBytes = 256 * 1024

/** Why a subgraph did not begin the stream that it was asked for, as its whole answer says: its own first error, or what is wrong with the answer. */
export async function readRefusal(response: Dispatcher.ResponseData, subgraph: string): Promise<UpstreamEnd> {
  const text = (await readText(response.body, maxBytes)) ?? ''
  const answer = readAnswer({ status: response.statusCode, bytes: Buffer.from(text) }, subgraph)
  if (answer.kind === 'failure') return upstreamFailure(answer.code, answer.message, subgraph)
  if (answer.errors) return { kind: 'failed', error: readUpstreamError(answer.errors, subgraph) }
  const message = `The subgraph ${subgraph} answered a subscription without a stream`
  return upstreamFailure('SUBREQUEST_MALFORMED_RESPONSE', message, subgraph)
}
