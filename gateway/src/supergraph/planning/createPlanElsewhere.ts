import { Worker } from 'node:worker_threads'
import type { QueryPlan } from '@apollo/query-planner'
import type { PlanAnswer, PlanRequest, PlanThreadData } from './PlanMessage.ts'

/** Plans operations of one supergraph outside of the thread that answers clients. */
export type PlanElsewhere = {
  /** Plans a valid operation without `@defer`. */
  plan(text: string, operationName: string | undefined): Promise<Planned>
  /** Told how long an operation was planned for here, in milliseconds. */
  plannedHere(ms: number): void
  /** From now on everything is planned here. */
  stop(): void
}

export type Planned =
  | { kind: 'plan'; plan: QueryPlan }
  /** It has to be planned here: there is no thread yet, too much waits for it, or there is no plan. */
  | { kind: 'none' }
  /** Planning has not come to an end in time, and would not here. */
  | { kind: 'late' }

export type PlanElsewhereOptions = {
  supergraphSdl: string
  /** Which operations take long to plan, and how much of that here makes a thread worth having, in milliseconds. */
  longMs?: number
  worthwhileMs?: number
  /** How long one operation may be planned for, in milliseconds. */
  timeoutMs?: number
}

/** For how long a thread is kept without work, in milliseconds. */
const idleMs = 60_000

/** How many operations may wait for the thread. */
const maxWaiting = 1_000

type Waiting = { request: PlanRequest; resolve(planned: Planned): void }

type Thread = { worker: Worker; isReady: boolean; timer: NodeJS.Timeout | undefined }

/**
 * A {@link PlanElsewhere} that has a thread as long as it is of use: where planning is short, or clients ask for the same operations again and again, there is none, since a new
 * thread plans ten times as slowly at first. What takes too long ends
 * the thread, and another one goes on with what waits. No thread keeps the process alive.
 */
export function createPlanElsewhere(options: PlanElsewhereOptions): PlanElsewhere {
  const { supergraphSdl, longMs = 20, worthwhileMs = 2_000, timeoutMs = 10_000 } = options
  /** In the order in which they came: the first one is with the thread, when it is ready. */
  const waiting = new Map<number, Waiting>()
  let thread: Thread | undefined
  let hereMs = 0
  let lastId = 0
  let isStopped = false
  return {
    plannedHere(ms) {
      if (ms >= longMs) hereMs += ms
      if (hereMs >= worthwhileMs && !isStopped) thread ??= start()
    },
    stop() {
      isStopped = true
      if (thread) giveUp(thread)
    },
    plan(text, operationName) {
      if ((!thread?.isReady && waiting.size === 0) || waiting.size >= maxWaiting) return Promise.resolve(none)
      const request = { id: ++lastId, text, operationName }
      return new Promise((resolve) => {
        waiting.set(request.id, { request, resolve })
        if (waiting.size === 1) goOn()
      })
    },
  }

  function start(): Thread {
    const workerData: PlanThreadData = { supergraphSdl }
    const worker = new Worker(new URL('./planThreadEntry.mjs', import.meta.url), { workerData })
    worker.unref()
    const started: Thread = { worker, isReady: false, timer: undefined }
    worker.on('message', (answer: PlanAnswer) => {
      if (thread !== started) return
      if (answer === 'ready') started.isReady = true
      else settle(answer)
      goOn()
    })
    // It could not start, or has run out of memory.
    worker.on('error', () => giveUp(started))
    return started
  }

  function settle({ id, planJson }: Exclude<PlanAnswer, 'ready'>): void {
    // The thread has written it from a query plan.
    const planned: Planned = planJson === undefined ? none : { kind: 'plan', plan: JSON.parse(planJson) as QueryPlan }
    waiting.get(id)?.resolve(planned)
    waiting.delete(id)
  }

  /** Gives the thread the next operation, or time to wait for one. */
  function goOn(): void {
    const current = thread
    if (!current?.isReady) return
    clearTimeout(current.timer)
    const [next] = waiting.values()
    if (next) current.worker.postMessage(next.request)
    current.timer = next ? setTimeout(stopLate, timeoutMs, current, next) : setTimeout(giveUp, idleMs, current)
    current.timer.unref()
  }

  function stopLate(late: Thread, { request, resolve }: Waiting): void {
    waiting.delete(request.id)
    resolve({ kind: 'late' })
    void late.worker.terminate()
    if (waiting.size > 0) thread = start()
    else giveUp(late)
  }

  function giveUp(old: Thread): void {
    clearTimeout(old.timer)
    void old.worker.terminate()
    if (thread !== old) return
    thread = undefined
    hereMs = 0
    for (const { resolve } of waiting.values()) resolve(none)
    waiting.clear()
  }
}

const none: Planned = { kind: 'none' }
