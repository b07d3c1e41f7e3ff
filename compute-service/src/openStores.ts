import { createStopStack, type Log, type Running } from '@tributary/runtime'
import type { Dispatch } from './dispatch/Dispatch.ts'
import { openDispatch } from './dispatch/openDispatch.ts'
import { openPostgresBackend, type QueueBackend, redisBackend } from './dispatch/queueBackend.ts'
import { startSweeper } from './dispatch/startSweeper.ts'
import type { JobEvents } from './events/JobEvents.ts'
import type { MessageKind } from './events/JobMessage.ts'
import { openEvents } from './events/openEvents.ts'
import type { JobKind } from './kinds/JobKind.ts'
import { kindsByName } from './kinds/kindsByName.ts'
import { limitsOf } from './kinds/limitsOf.ts'
import type { Job } from './ledger/Job.ts'
import { type Ledger, openLedger } from './ledger/openLedger.ts'
import type { ClaimLimits } from './ledger/store/claimLimits.ts'
import type { Downloads } from './results/folderResults.ts'
import { openResults, type ResultPlace } from './results/openResults.ts'
import type { ResultStore } from './results/ResultStore.ts'
import { createEnding, type Ending } from './runners/createEnding.ts'
import { type Canceller, createCanceller } from './runners/functions/createCanceller.ts'

/** Where jobs are kept and how they travel: what every process of the compute service opens. */
export type Stores = Running & {
  /**
   * Called when those that use the stores begin to stop, and may have to wait for them: some seconds later the stores stop before their turn, and whoever
   * waits for one that hangs is let go.
   */
  boundStop(): void
  ledger: Ledger
  dispatch: Dispatch
  events: JobEvents
  queueBackend: QueueBackend
  results: ResultStore | undefined
  canceller: Canceller
  ending: Ending
  kinds: ReadonlyMap<string, JobKind>
  limits: ClaimLimits
}

export type StoreOptions = {
  /** The ledger's database. The queue lives there too, unless there is a Redis. */
  databaseUrl: string
  /** Queue and events over Redis. */
  redisUrl?: string | undefined
  log: Log
  maxConnections?: number
  /** How many jobs of one owner run at a time, in all processes together. 16 by default. */
  jobsPerOwner?: number | undefined
  /** Where results lie that are too large for the ledger. Without it, the ledger keeps them. */
  resultPlace?: ResultPlace | undefined
  /** How those of a folder can be downloaded; without it, they cannot. */
  downloads?: Downloads | undefined
  /** Kinds beside the built-in ones; alike in all processes. */
  extraKinds?: readonly JobKind[] | undefined
  /** Told each SQL statement of the ledger, for tests that count them. */
  onStatement?: ((sql: string) => void) | undefined
}

/**
 * How long those that stop may wait for a store, in milliseconds. For the database longer: what the result store has not taken is told to the ledger.
 * A process has 15 s in all.
 */
const waitForResultsMs = 4_000
const waitForDatabaseMs = 6_000

/** Opens the ledger, the queue and the events, of which it hears those kinds, and sweeps. */
export async function openStores(options: StoreOptions & { hears: readonly MessageKind[] }): Promise<Stores> {
  const { databaseUrl, redisUrl, hears, log, onStatement, maxConnections } = options
  const stack = createStopStack()
  const kinds = kindsByName(options.extraKinds)
  const limits = limitsOf(kinds, options.jobsPerOwner ?? 16)
  try {
    const results = options.resultPlace && stack.add(await openResults(options.resultPlace, options))
    const events = stack.add(await openEvents({ databaseUrl, redisUrl, hears, log }))
    const ledger = stack.add(
      await openLedger({
        databaseUrl,
        events,
        log,
        ...(maxConnections !== undefined && { maxConnections }),
        ...(onStatement && { onStatement }),
      }),
    )
    const queueBackend = stack.add(
      redisUrl === undefined ? await openPostgresBackend(databaseUrl) : redisBackend(redisUrl),
    )
    const dispatch = stack.add(await openDispatch({ backend: queueBackend, log }))
    const canceller = stack.add(createCanceller({ log }))
    const onSilent = (job: Job) => canceller.cancel(job, kinds.get(job.kind))
    stack.add(startSweeper({ ledger, dispatch, limits, log, onSilent }))
    const ending = createEnding({ ledger, dispatch, results, log })
    const timers: NodeJS.Timeout[] = []
    return {
      ...{ ledger, dispatch, events, queueBackend, results, canceller, ending, kinds, limits },
      boundStop() {
        if (results) stopAfter(waitForResultsMs, results)
        for (const store of [ledger, queueBackend, events]) stopAfter(waitForDatabaseMs, store)
      },
      async stop() {
        await stack.stop()
        for (const timer of timers) clearTimeout(timer)
      },
    }

    function stopAfter(ms: number, store: Running): void {
      // Whether it could be stopped is told when it is its turn.
      timers.push(setTimeout(() => store.stop().catch(() => undefined), ms))
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
