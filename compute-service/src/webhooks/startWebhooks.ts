import type { Log, Running } from '@tributary/runtime'
import type { Ledger } from '../ledger/openLedger.ts'
import type { DueWebhook } from '../ledger/store/webhooks.ts'
import { untilWritten } from '../runners/untilWritten.ts'
import { warnSeldom } from '../warnSeldom.ts'
import type { TargetPolicy } from './createTargetPolicy.ts'
import { sendTimeoutMs, sendWebhook } from './sendWebhook.ts'

/** How often webhooks that are due are looked for, in milliseconds. */
const lookEveryMs = 500

/** How many this process sends at a time, and about how many of one owner: receivers that hang shall not hold up everybody's. */
const maxSending = 16
const perOwner = 4

/** For how long nobody else sends one that was taken, in milliseconds. */
const leaseMs = sendTimeoutMs + 10_000

/**
 * Sends the webhooks of jobs that have ended, until it is stopped; all processes share the work. What is due lies in the ledger: a sender that
 * dies loses nothing, and whatever it had sent may be sent again.
 */
export function startWebhooks(options: { ledger: Ledger; policy: TargetPolicy; secret: string; log: Log }): Running {
  const { ledger, policy, secret, log } = options
  /** What is being sent, with the owner of each. */
  const sending = new Map<Promise<void>, string>()
  const warn = warnSeldom(log, 'webhooks could not be sent')
  let taking: Promise<void> | undefined
  let isStopping = false
  const timer = setInterval(look, lookEveryMs)
  return {
    async stop() {
      isStopping = true
      clearInterval(timer)
      await taking
      await Promise.all(sending.keys())
    },
  }

  function look(): void {
    if (isStopping) return
    taking ??= take()
      .catch(warn)
      .finally(() => {
        taking = undefined
      })
  }

  async function take(): Promise<void> {
    const limit = maxSending - sending.size
    if (limit === 0) return
    const counts = new Map<string, number>()
    for (const owner of sending.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1)
    const busyOwners = [...counts].filter(([, count]) => count >= perOwner).map(([owner]) => owner)
    for (const webhook of await ledger.takeWebhooks({ limit, perOwner, busyOwners, leaseMs })) {
      const sent = send(webhook)
        .catch(warn)
        .finally(() => {
          sending.delete(sent)
          look()
        })
      sending.set(sent, webhook.job.owner)
    }
  }

  async function send(webhook: DueWebhook): Promise<void> {
    const outcome = await sendWebhook({ webhook, policy, secret })
    if (!outcome.isDelivered) log.info({ jobId: webhook.job.id, ...outcome }, 'a webhook was not delivered')
    await untilWritten({ ledger, log }, () => ledger.noteWebhook(webhook, outcome))
  }
}
