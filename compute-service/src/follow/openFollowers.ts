import type { Log, Running } from '@tributary/runtime'
import type { JobEvents } from '../events/JobEvents.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import { createFollower } from './createFollower.ts'
import { createTopic, type Topic } from './createTopic.ts'
import type { JobUpdate } from './JobUpdate.ts'

/** Everyone in this process who follows a job. */
export type Followers = Running & {
  /**
   * The updates of a job: its present state, then every change in order, until it has ended. With `after`, every change behind that `seq`
   * instead; none when that was the end. Waits for the ledger only while `next` is awaited; `return` frees everything at once, even then.
   * `next` rejects with `NOT_FOUND` when there is no such job.
   */
  follow(id: string, options?: { after?: number | undefined }): AsyncIterableIterator<JobUpdate>
  /** How many follow, and how many jobs they follow. */
  counts(): { followers: number; jobs: number }
}

/** How often to look whether a message was missed, in milliseconds. */
const pollEveryMs = 1_000

/** How many jobs to ask for in one statement. */
const pollSize = 5_000

/** Opens {@link Followers}: one listener and one timer for all of them; changes are read once a job, however many follow it. */
export function openFollowers({ ledger, events, log }: { ledger: Ledger; events: JobEvents; log: Log }): Followers {
  const topics = new Map<string, Topic>()
  const followers = new Set<AsyncIterableIterator<JobUpdate>>()
  let timer: NodeJS.Timeout | undefined
  let isPolling = false
  const unlisten = events.listen((message) => {
    if (message.kind === 'changed') topics.get(message.id)?.changed(message.seq)
  })

  return {
    follow(id, { after } = {}) {
      const follower = createFollower({
        after,
        join(onChange) {
          followers.add(follower)
          const topic = topicOf(id)
          const leave = topic.join(onChange)
          return {
            topic,
            leave() {
              followers.delete(follower)
              leave()
            },
          }
        },
      })
      return follower
    },
    counts: () => ({ followers: followers.size, jobs: topics.size }),
    async stop() {
      unlisten()
      clearInterval(timer)
      for (const follower of [...followers]) await follower.return?.()
    },
  }

  function topicOf(id: string): Topic {
    const topic = topics.get(id) ?? createTopic({ id, ledger, log, onEmpty: () => remove(id) })
    topics.set(id, topic)
    timer ??= setInterval(poll, pollEveryMs)
    return topic
  }

  function remove(id: string): void {
    topics.delete(id)
    if (topics.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  function poll(): void {
    if (isPolling) return
    isPolling = true
    readChanges()
      .catch((error) => log.warn({ err: error }, 'jobs that are followed could not be read'))
      .finally(() => {
        isPolling = false
      })
  }

  async function readChanges(): Promise<void> {
    const ids = [...topics.keys()]
    for (let start = 0; start < ids.length; start += pollSize) {
      for (const { id, seq } of await ledger.readSeqs(ids.slice(start, start + pollSize))) {
        topics.get(id)?.changed(seq)
      }
    }
  }
}
