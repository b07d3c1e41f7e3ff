import type { Log } from '@tributary/runtime'
import type { Delivery, Dispatch, StartDelivery } from '../dispatch/Dispatch.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import type { NextStart } from '../ledger/store/claim.ts'
import type { ClaimLimits } from '../ledger/store/claimLimits.ts'

/** Has somebody woken when the next job of a kind with a rate may start: jobs that may not start yet have had their deliveries. */
export type StartWaker = {
  /** To be called when a job of the kind has been claimed. */
  wakeForNext(kind: string): Promise<void>
  /** To be called when whoever was woken has looked. The queue goes by the clocks of workers: where it was too early, somebody else is woken. */
  wakeAgain(delivery: StartDelivery): Promise<void>
}

/** How much too early a worker may be woken for a start to wake another one, in milliseconds; the sweeper sends later ones. */
const maxEarlyMs = 1_000

/** A {@link StartWaker}. What cannot be sent is logged. */
export function createStartWaker(options: {
  ledger: Pick<Ledger, 'readNextStart'>
  dispatch: Dispatch
  limits: ClaimLimits
  log: Log
}): StartWaker {
  const { ledger, dispatch, limits, log } = options
  return {
    async wakeForNext(kind) {
      if (!limits.kinds.some((limit) => limit.kind === kind && limit.rate)) return
      await wake(kind, (next) => ({ kind, ...next, tries: 0 }))
    },
    wakeAgain: ({ kind, start, tries }) =>
      wake(kind, (next) => {
        const isEarly = next.start === start && next.delayMs > 0 && next.delayMs <= maxEarlyMs
        return isEarly ? { kind, ...next, tries: tries + 1 } : undefined
      }),
  }

  async function wake(kind: string, toDelivery: (next: NextStart) => Delivery | undefined): Promise<void> {
    try {
      const next = await ledger.readNextStart(kind)
      const delivery = next && toDelivery(next)
      if (delivery) await dispatch.send([delivery])
    } catch (error) {
      log.warn({ err: error, kind }, 'nobody will be woken for the next job of a kind: the sweeper sends it')
    }
  }
}
