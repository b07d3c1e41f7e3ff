import type { Identity } from '@tributary/runtime/identity'
import { GraphQLError } from 'graphql'
import type { StreamBegin } from '../operation/subscriptionCursor.ts'
import type { UpstreamEnd } from '../transport/Upstream.ts'
import type { EventStream, StreamResult } from './EventStream.ts'
import type { KeptEvents, SharedEvent } from './KeptEvents.ts'

/** One subscription upstream whose events go to all who follow it. */
export type SharedStream = {
  /** Whether who begins there can be given exactly what a subscription of its own would give. */
  admits(begin: StreamBegin): boolean
  /** Whether its subgraph went away and is not there again yet. */
  isLost(): boolean
  /** The number of the first event that is for who begins there; it may still be on its way. */
  firstFor(begin: StreamBegin): number
  /** Joins: is told at once what it has missed, then every event as it comes, then the end. */
  join(member: Member, begin: StreamBegin): void
  /** The last one that leaves frees everything at once. */
  leave(member: Member): void
  /** A new subscription has just begun with this `seq`. */
  began(seq: number): void
}

/** Who follows a shared stream. Being told never waits: whoever is slow lets events wait on its own side. */
export type Member = {
  /** Who it is now: a client may renew its token. */
  identity(): Identity | undefined
  push(event: SharedEvent): void
  end(end: UpstreamEnd): void
}

export type SharedStreamOptions = {
  /** Opens what is shared, for whoever `identity` gives by then. */
  open(source: { identity(): Identity | undefined; onEvent(): void; onLoss(isLost: boolean): void }): EventStream
  /** How many events are completed at a time; more may wait before that. */
  maxEventsInFlight: number
  begin: StreamBegin
  kept: KeptEvents
  /** Whom it is opened for. All who join have the same rights. */
  identity: Identity | undefined
  /** Called once, when nobody may join any more. */
  onEnd(): void
  onFault(error: unknown): void
}

/** How many are told of an event before other work has its turn. */
const toldAtOnce = 256

/** Opens a {@link SharedStream}; its first member joins at once. */
export function openSharedStream(options: SharedStreamOptions): SharedStream {
  const { kept } = options
  const members = new Set<Member>()
  let { identity } = options
  /** How many events have come, and how many of them have been told. */
  let taken = 0
  let count = 0
  /** Whether its newest event is, as far as can be known, the newest there is. */
  let isCurrent = options.begin.kind === 'now'
  let isLost = false
  let isOver = false
  const source = options.open({
    identity: validIdentity,
    onEvent() {
      taken++
    },
    onLoss(given) {
      isLost = given
    },
  })
  pump().catch((error: unknown) => {
    options.onFault(error)
    close()
  })

  return {
    admits(begin) {
      switch (begin.kind) {
        case 'now':
          // While it is lost nobody knows what is now; nor where more may have come than is looked at yet.
          if (!isCurrent || isLost || taken - count >= options.maxEventsInFlight) return false
          return kept.isEmpty() || taken > count || kept.newest() !== undefined
        case 'behind':
          return kept.reaches(begin.seq)
        case 'elsewhere':
          return false
        default:
          return begin satisfies never
      }
    },
    isLost: () => isLost,
    firstFor(begin) {
      if (begin.kind === 'behind') return 1
      return taken > count ? taken : (kept.newest()?.number ?? 1)
    },
    join(member, begin) {
      members.add(member)
      const newest = taken > count ? undefined : kept.newest()
      const missed = begin.kind === 'behind' ? kept.behind(begin.seq) : newest ? [newest] : []
      // It may leave for what it is told.
      for (const event of missed) if (members.has(member)) member.push(event)
    },
    leave(member) {
      if (members.delete(member) && members.size === 0) close()
    },
    began(seq) {
      const newest = kept.newest()?.result.seq
      if (newest !== undefined && seq <= newest) isCurrent = true
    },
  }

  async function pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await source.next()
        if (isOver) return
        if (done) return await finish({ kind: 'complete' })
        const told = tell(value)
        if (told) await told
        if (isOver) return
      }
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      if (!isOver) await finish({ kind: 'failed', error })
    }
  }

  function tell(result: StreamResult): Promise<void> | undefined {
    const event: SharedEvent = { number: ++count, result }
    kept.add(event)
    return forEachMember((member) => member.push(event))
  }

  async function finish(end: UpstreamEnd): Promise<void> {
    isOver = true
    options.onEnd()
    kept.clear()
    await forEachMember((member) => member.end(end))
  }

  /** In turns with other work, where there are many. Who joins meanwhile is told twice at most, and knows events by their number. */
  function forEachMember(call: (member: Member) => void): Promise<void> | undefined {
    const rest = members.values()
    if (members.size <= toldAtOnce) {
      for (const member of rest) call(member)
      return undefined
    }
    return (async () => {
      for (;;) {
        for (let n = 0; n < toldAtOnce; n++) {
          const { done, value } = rest.next()
          if (done) return
          call(value)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
  }

  /** The newest token of any member, once the one that was in use has expired. */
  function validIdentity(): Identity | undefined {
    if (!identity || identity.expiresAtMs > Date.now()) return identity
    for (const member of members) {
      const other = member.identity()
      if (other && other.expiresAtMs > identity.expiresAtMs) identity = other
    }
    return identity
  }

  function close(): void {
    if (isOver) return
    isOver = true
    options.onEnd()
    kept.clear()
    void source.return()
  }
}
