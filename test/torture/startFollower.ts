import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal, type JobStatus } from '@tributary/compute-service'
import type { Running } from '@tributary/runtime'
import type { Random } from '../property/Random.ts'
import type { SeenUpdate } from './checkHistory.ts'
import { openStreamClient, type Protocol } from './openStreamClient.ts'
import type { StreamResult } from './StreamClient.ts'

/** A client that follows jobs to their ends, whatever happens to the gateways, and keeps all that it was told. */
export type Follower = Running & {
  protocol: Protocol
  /** Follows one more job. */
  follow(jobId: string): void
  followings(): readonly Following[]
  /** Resolves when each job that is followed has ended, and its stream has said so. */
  done(): Promise<void>
}

export type Following = {
  jobId: string
  /** From the first event on, or from what the job was when it was first subscribed to. */
  fromStart: boolean
  seen: SeenUpdate[]
  isDone: boolean
  /** How often it was subscribed to again. */
  resumes: number
  /** How often the stream said that it was complete before the job had ended. */
  falseEnds: number
  /** What ended its streams, by error code or message. */
  losses: string[]
}

const query = `subscription Follow($id: ID!, $after: Int) {
  jobUpdates(id: $id, after: $after) {
    seq skipped
    job { status attempt deadLettered progress { fraction } submittedBy { name } }
  }
}`

/** How likely it is, after an update, that the client leaves the stream and comes again. */
const leaveChance = 1 / 40

/** Starts a {@link Follower}, at the gateway that `at` names, and at the next one when that is lost. */
export function startFollower(options: {
  protocol: Protocol
  gateways: readonly string[]
  at: number
  token: string
  random: Random
}): Follower {
  const { protocol, gateways, token, random } = options
  let { at } = options
  let isStopped = false
  const client = openStreamClient(protocol, { url: () => gateways[at] ?? '', token })
  const followings: Following[] = []
  const running = new Set<Promise<void>>()
  return {
    protocol,
    follow(jobId) {
      const fromStart = random() < 0.8
      const following = { jobId, fromStart, seen: [], isDone: false, resumes: 0, falseEnds: 0, losses: [] }
      followings.push(following)
      const one: Promise<void> = followToEnd(following).finally(() => running.delete(one))
      running.add(one)
    },
    followings: () => followings,
    async done() {
      while (running.size > 0) await Promise.all(running)
    },
    async stop() {
      isStopped = true
      await client.stop()
    },
  }

  async function followToEnd(following: Following): Promise<void> {
    while (!isStopped) {
      const asked = at
      try {
        const left = await followOnce(following)
        if (!left && hasEnded(following)) {
          following.isDone = true
          return
        }
        if (!left) {
          following.falseEnds++
          following.losses.push(`completed behind ${following.seen.at(-1)?.seq}, which is no end`)
        }
      } catch (error) {
        following.losses.push(reasonOf(error))
        // All streams of the client are lost together: one of them changes the gateway.
        if (at === asked) at = (at + 1) % gateways.length
        await sleep(50 + random() * 450)
      }
      following.resumes++
    }
  }

  /** Reads one stream to its end; true when the client has left it. */
  async function followOnce({ jobId, fromStart, seen }: Following): Promise<boolean> {
    const after = seen.at(-1)?.seq ?? (fromStart ? 0 : undefined)
    const variables = { id: jobId, ...(after !== undefined && { after }) }
    for await (const result of client.subscribe({ query, variables })) {
      seen.push(updateOf(result))
      if (random() < leaveChance) return true
    }
    return false
  }
}

/** What comes without data says why. A part of another subgraph's that is missing is none of ours. */
function updateOf({ data, errors }: StreamResult): SeenUpdate {
  const update = data?.jobUpdates
  if (!update)
    throw Object.assign(new Error(errors?.[0]?.message ?? 'An event has neither data nor errors'), { errors })
  // The shape of what `query` selects, by the schema.
  return update as SeenUpdate
}

function hasEnded({ seen }: Following): boolean {
  const status = seen.at(-1)?.job.status
  // One of the schema's, like the ledger's.
  return status !== undefined && isFinal(status as JobStatus)
}

/** The code of a GraphQL error, wherever a client library keeps it, or else what it says. */
function reasonOf(error: unknown): string {
  const [first] = Array.isArray(error) ? error : errorsIn(error)
  if (first?.extensions?.code) return `${first.extensions.code}: ${first.message}`
  if (error instanceof Error) return error.message
  // A close event of a WebSocket.
  if (typeof error === 'object' && error !== null && 'code' in error) return `closed with ${error.code}`
  return JSON.stringify(error)
}

function errorsIn(error: unknown): { message?: string; extensions?: { code?: unknown } }[] {
  return typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors)
    ? error.errors
    : []
}
