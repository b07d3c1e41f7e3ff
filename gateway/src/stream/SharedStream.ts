import type { Identity } from '@tributary/runtime/identity'
import { GraphQLError } from 'graphql'
import type { StreamBegin } from '../operation/subscriptionCursor.ts'
import type { UpstreamEnd } from '../transport/Upstream.ts'
import type { EventStream, StreamResult } from './EventStream.ts'
import type { KeptEvents, SharedEvent } from './KeptEvents.ts'

/** How many are told of an event before other work has its turn. */
const toldAtOnce = 256

/** One subscription upstream whose events go to all who follow it. The first member joins at once. A class, as there are tens of thousands. */
export class SharedStream {
  readonly #options: SharedStreamOptions
  readonly #source: EventStream
  readonly #members = new Set<Member>()
  #identity: Identity | undefined
  /** How many events have come, and how many of them have been told. */
  #taken = 0
  #count = 0
  /** Whether its newest event is, as far as can be known, the newest there is. */
  #isCurrent: boolean
  #isLost = false
  #isOver = false

  constructor(options: SharedStreamOptions) {
    this.#options = options
    this.#identity = options.identity
    this.#isCurrent = options.begin.kind === 'now'
    this.#source = options.open({
      identity: () => this.#validIdentity(),
      onEvent: () => void this.#taken++,
      onLoss: (isLost) => {
        this.#isLost = isLost
      },
    })
    this.#pump().catch((error: unknown) => {
      options.onFault(error)
      this.#close()
    })
  }

  /** Whether its subgraph went away and is not there again yet. */
  isLost(): boolean {
    return this.#isLost
  }

  /** Whether who begins there can be given exactly what a subscription of its own would give. */
  admits(begin: StreamBegin): boolean {
    const { kept, maxEventsInFlight } = this.#options
    const onTheirWay = this.#taken - this.#count
    switch (begin.kind) {
      case 'now':
        // While it is lost nobody knows what is now; nor where more may have come than is looked at yet.
        if (!this.#isCurrent || this.#isLost || onTheirWay >= maxEventsInFlight) return false
        return kept.isEmpty() || onTheirWay > 0 || kept.newest() !== undefined
      case 'behind':
        return kept.reaches(begin.seq)
      case 'elsewhere':
        return false
      default:
        return begin satisfies never
    }
  }

  /** The number of the first event that is for who begins there; it may still be on its way. */
  firstFor(begin: StreamBegin): number {
    if (begin.kind === 'behind') return 1
    return this.#taken > this.#count ? this.#taken : (this.#options.kept.newest()?.number ?? 1)
  }

  /** Joins: is told at once what it has missed, then every event as it comes, then the end. */
  join(member: Member, begin: StreamBegin): void {
    const { kept } = this.#options
    this.#members.add(member)
    const newest = this.#taken > this.#count ? undefined : kept.newest()
    const missed = begin.kind === 'behind' ? kept.behind(begin.seq) : newest ? [newest] : []
    // It may leave for what it is told.
    for (const event of missed) if (this.#members.has(member)) member.push(event)
  }

  /** The last one that leaves frees everything at once. */
  leave(member: Member): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#close()
  }

  /** A new subscription has just begun with this `seq`. */
  began(seq: number): void {
    const newest = this.#options.kept.newest()?.result.seq
    if (newest !== undefined && seq <= newest) this.#isCurrent = true
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#source.next()
        if (this.#isOver) return
        if (done) return await this.#finish({ kind: 'complete' })
        const told = this.#tell(value)
        if (told) await told
        if (this.#isOver) return
      }
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      if (!this.#isOver) await this.#finish({ kind: 'failed', error })
    }
  }

  #tell(result: StreamResult): Promise<void> | undefined {
    this.#count++
    const event: SharedEvent = { number: this.#count, result }
    this.#options.kept.add(event)
    return this.#forEachMember((member) => member.push(event))
  }

  async #finish(end: UpstreamEnd): Promise<void> {
    this.#over()
    await this.#forEachMember((member) => member.end(end))
  }

  /** In turns with other work, where there are many. Who joins meanwhile is told twice at most, and knows events by their number. */
  #forEachMember(call: (member: Member) => void): Promise<void> | undefined {
    if (this.#members.size > toldAtOnce) return callInTurns(this.#members, call)
    for (const member of this.#members) call(member)
    return undefined
  }

  /** The newest token of any member, once the one that was in use has expired. */
  #validIdentity(): Identity | undefined {
    let identity = this.#identity
    if (!identity || identity.expiresAtMs > Date.now()) return identity
    for (const member of this.#members) {
      const other = member.identity()
      if (other && other.expiresAtMs > identity.expiresAtMs) identity = other
    }
    this.#identity = identity
    return identity
  }

  #close(): void {
    if (this.#isOver) return
    this.#over()
    void this.#source.return()
  }

  #over(): void {
    this.#isOver = true
    this.#options.kept.clear()
    this.#options.onEnd()
  }
}

async function callInTurns(members: Iterable<Member>, call: (member: Member) => void): Promise<void> {
  let n = 0
  for (const member of members) {
    call(member)
    if (++n % toldAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
  }
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
