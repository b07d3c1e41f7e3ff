import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../property/Random.ts'
import { type StepInput, stepKind } from './stepKind.ts'

const submission = `mutation Submit($kind: String!, $input: JSON!, $key: String!) {
  submitJob(kind: $kind, input: $input, idempotencyKey: $key) { id }
}`
const cancellation = 'mutation Cancel($id: ID!) { cancelJob(id: $id) { id } }'

/**
 * Submits jobs through gateways as a client does that is cut off now and then: again, with the same key, until it is told an id. Spread over
 * a time; some are cancelled while they run.
 */
export async function submitJobs(options: {
  jobs: number
  spreadMs: number
  gateways: readonly string[]
  /** The token of the user whose job it is. */
  tokenOf(job: number): string
  random: Random
  onSubmitted(job: number, id: string): void
  signal: AbortSignal
}): Promise<void> {
  const { jobs, spreadMs, gateways, tokenOf, random, onSubmitted, signal } = options
  const startedAt = performance.now()
  let next = 0
  const inputs = Array.from({ length: jobs }, () => chooseInput(random))
  const cancelled = new Set(inputs.flatMap((_, job) => (random() < 0.05 ? [job] : [])))
  await Promise.all(Array.from({ length: 8 }, submitSome))

  async function submitSome(): Promise<void> {
    for (let job = next++; job < jobs && !signal.aborted; job = next++) {
      const dueMs = (job / jobs) * spreadMs
      await sleep(Math.max(0, startedAt + dueMs - performance.now()))
      const variables = { kind: stepKind.name, input: inputs[job], key: `${job}` }
      const id = await untilDone(job, submission, variables, 'submitJob')
      if (id === undefined) return
      onSubmitted(job, id)
      if (!cancelled.has(job)) continue
      await sleep(500)
      await untilDone(job, cancellation, { id }, 'cancelJob')
    }
  }

  async function untilDone(job: number, query: string, variables: object, field: string): Promise<string | undefined> {
    for (let attempt = job; !signal.aborted; attempt++) {
      const gateway = gateways[attempt % gateways.length]
      try {
        const response = await fetch(`${gateway}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(job)}` },
          body: JSON.stringify({ query, variables }),
          signal: AbortSignal.timeout(30_000),
        })
        const { data } = await response.json()
        const id = data?.[field]?.id
        if (typeof id === 'string') return id
      } catch {
        // The gateway is away.
      }
      await sleep(100)
    }
    return undefined
  }
}

/** Most are short; some last long enough for kills to meet them. */
function chooseInput(random: Random): StepInput {
  const isLong = random() < 0.1
  return {
    steps: 3 + Math.floor(random() * 9),
    stepMs: Math.floor(isLong ? 400 + random() * 400 : 20 + random() * 120),
    failures: random() < 0.1 ? 1 : 0,
    fails: random() < 0.1,
  }
}
