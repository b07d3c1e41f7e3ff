import { RequestError, TimeoutError } from 'got'
import type { DueWebhook } from '../ledger/store/webhooks.ts'
import { sendForStatus } from '../signing/sendForStatus.ts'
import { signMessage } from '../signing/signMessage.ts'
import { refusalOf, type TargetPolicy } from './createTargetPolicy.ts'
import { webhookSecretOf } from './webhookSecretOf.ts'

/** What came of a try. `error` is for the job's owner. */
export type WebhookOutcome = { isDelivered: boolean; status: number | null; error: string | null }

/** How long a try may take, in milliseconds. */
export const sendTimeoutMs = 5_000

/**
 * Sends a webhook once, signed. Its id, also the `Idempotency-Key`, is the same in each try: the job and the number of its last change.
 * 2xx is a delivery; nothing of the answer's body is read. Never throws.
 */
export async function sendWebhook(options: {
  webhook: DueWebhook
  secret: string
  policy: TargetPolicy
}): Promise<WebhookOutcome> {
  const { webhook, policy, secret } = options
  const { url, job } = webhook
  const id = `${job.id}.${job.seq}`
  const body = JSON.stringify({ type: 'job.ended', timestamp: job.finishedAt, data: describe(webhook) })
  try {
    const status = await sendForStatus(policy.checkText(url), {
      method: 'POST',
      body,
      headers: {
        ...signMessage({ id, body, secret: webhookSecretOf(job.owner, secret) }),
        'idempotency-key': id,
        'content-type': 'application/json',
        'user-agent': 'tributary',
      },
      dnsLookup: policy.lookup,
      // A connection that somebody else has opened has not been checked.
      agent: { http: false, https: false },
      timeout: { request: sendTimeoutMs },
    })
    const isDelivered = status >= 200 && status < 300
    return { isDelivered, status, error: isDelivered ? null : `The answer was ${status}` }
  } catch (error) {
    return { isDelivered: false, status: null, error: explain(error) }
  }
}

function describe({ job }: DueWebhook): object {
  const { id, kind, status, attempt, deadLettered, error, seq, submittedAt, finishedAt } = job
  return { id, kind, status, attempt, deadLettered, error, seq, submittedAt, finishedAt }
}

/** Says what a receiver can put right, and no address. */
function explain(error: unknown): string {
  const refusal = refusalOf(error)
  if (refusal !== undefined) return refusal
  if (error instanceof TimeoutError) return `There was no answer within ${sendTimeoutMs} ms`
  if (error instanceof RequestError) return `The connection failed (${error.code})`
  return 'The request failed'
}
