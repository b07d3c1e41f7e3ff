import type { Identity } from '@tributary/runtime/identity'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { StreamBegin } from '../operation/subscriptionCursor.ts'
import type { UpstreamEnd } from '../transport/Upstream.ts'
import type { StreamEnd } from './completeInOrder.ts'
import type { EventStream, StreamResult } from './EventStream.ts'
import type { Subscription } from './followUpstream.ts'
import type { SharedEvent } from './KeptEvents.ts'
import type { Member, SharedStream } from './SharedStream.ts'
import { asFirst, type WaitingEvents } from './WaitingEvents.ts'

/** What a client follows, and where it begins. */
export type FollowRequest = {
  subscription: Subscription
  begin: StreamBegin
  context: RequestContext
  /** Called once, when nothing of the stream is left. */
  onEnd?(end: StreamEnd): void
}

/** Where a {@link Follower} gets its events from. */
export type FollowerSources = {
  /** The stream that others of the same request share. */
  find(request: FollowRequest): SharedStream | undefined
  /** A new one, which takes its place. `told` is the last `seq` that the client has had from an earlier one. */
  openShared(request: FollowRequest, begin: StreamBegin, told: number | undefined): SharedStream
  /** A subscription of its own. */
  open(request: FollowRequest, told: number | undefined): EventStream
  createWaiting(): WaitingEvents
}

/** Where it reads now; `apart`: nowhere, until it reads again. */
type Place =
  | { kind: 'apart' }
  | { kind: 'shared'; stream: SharedStream }
  | { kind: 'own'; stream: EventStream; isReading: boolean }

const apart: Place = { kind: 'apart' }
const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * One client's view of a stream that others may share. It shares where it can be given exactly what a subscription of its own would
 * give, and has one of its own until then. Whoever reads too slowly for its bounds loses nothing: it leaves, and goes on behind the last `seq` that it was
 * told when it reads again. A class, as there are tens of thousands.
 */
export class Follower implements EventStream, Member {
  readonly #sources: FollowerSources
  readonly #request: FollowRequest
  #place: Place = apart
  #identity: Identity | undefined
  /** The `seq` that the client was told last, and that we heard of last. */
  #told: number | undefined
  #heard: number | undefined
  /** The number of the last event in the stream that it shares. */
  #number = 0
  #waiting: WaitingEvents | undefined
  #end: UpstreamEnd | undefined
  #isOver = false
  #resolve: ((result: IteratorResult<StreamResult, undefined>) => void) | undefined
  #reject: ((error: Error) => void) | undefined

  constructor(sources: FollowerSources, request: FollowRequest) {
    this.#sources = sources
    this.#request = request
    this.#join()
  }

  /** One call at a time. */
  next(): Promise<IteratorResult<StreamResult, undefined>> {
    if (this.#isOver) return Promise.resolve(done)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#advance()
    })
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#close({ kind: 'left' })
    return done
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  identity(): Identity | undefined {
    return this.#request.context.identity
  }

  push({ number, result: shared }: SharedEvent): void {
    if (number <= this.#number) return
    this.#number = number
    const isFirst = this.#heard === undefined && this.#request.begin.kind === 'now'
    const result = isFirst ? asFirst(shared) : shared
    const { seq } = result
    if (seq !== undefined) {
      if (this.#heard !== undefined && seq <= this.#heard) return
      this.#heard = seq
    }
    if (!this.#hasSameRights()) {
      this.#leaveShared()
    } else if (this.#resolve && (this.#waiting?.isEmpty() ?? true)) {
      this.#tell(result)
    } else {
      this.#waiting ??= this.#sources.createWaiting()
      if (!this.#waiting.push(result)) this.#leaveShared()
    }
  }

  end(end: UpstreamEnd): void {
    if (this.#place.kind !== 'shared') return
    this.#end = end
    if (this.#resolve && (this.#waiting?.isEmpty() ?? true)) this.#close(end)
  }

  #advance(): void {
    if (this.#place.kind === 'apart') this.#join()
    else if (this.#place.kind === 'own') this.#joinCaughtUp()
    // Joining may have told it something.
    if (!this.#resolve) return
    const place = this.#place
    switch (place.kind) {
      case 'apart':
        return
      case 'shared': {
        const result = this.#waiting?.shift()
        if (result) this.#tell(result)
        else if (this.#end) this.#close(this.#end)
        return
      }
      case 'own':
        this.#read(place)
        return
      default:
        place satisfies never
    }
  }

  #read(place: Extract<Place, { kind: 'own' }>): void {
    if (place.isReading) return
    place.isReading = true
    place.stream.next().then(
      ({ done: isDone, value }) => {
        place.isReading = false
        if (this.#place !== place) return
        if (isDone) return this.#close({ kind: 'complete' })
        if (this.#told === undefined && this.#request.begin.kind === 'now' && value.seq !== undefined) {
          this.#sources.find(this.#request)?.began(value.seq)
        }
        this.#tell(value)
      },
      (error) => {
        if (this.#place === place) this.#close({ kind: 'failed', error })
      },
    )
  }

  /** Where the client is: behind what it was told, or where it wanted to begin. */
  #position(): StreamBegin {
    return this.#told === undefined ? this.#request.begin : { kind: 'behind', seq: this.#told }
  }

  #join(): void {
    const begin = this.#position()
    const shared = this.#sources.find(this.#request)
    if (shared?.admits(begin)) this.#share(shared, begin)
    // One that was lost is for those who have it already: it may come back.
    else if (!shared || shared.isLost()) this.#share(this.#sources.openShared(this.#request, begin, this.#told), begin)
    else this.#place = { kind: 'own', stream: this.#sources.open(this.#request, this.#told), isReading: false }
  }

  /** Leaves its own subscription where a shared one has come as far as it. */
  #joinCaughtUp(): void {
    const place = this.#place
    if (place.kind !== 'own' || place.isReading || this.#told === undefined) return
    const begin = this.#position()
    const shared = this.#sources.find(this.#request)
    if (!shared?.admits(begin)) return
    void place.stream.return()
    this.#share(shared, begin)
  }

  #share(stream: SharedStream, begin: StreamBegin): void {
    this.#place = { kind: 'shared', stream }
    this.#identity = this.identity()
    this.#heard = begin.kind === 'behind' ? begin.seq : undefined
    this.#number = stream.firstFor(begin) - 1
    stream.join(this, begin)
  }

  /** What waits is told again when it reads again, from wherever it can be had then. */
  #leaveShared(): void {
    this.#leave()
    this.#waiting = undefined
    if (this.#resolve) this.#advance()
  }

  /** A renewed token may have other scopes: what was fetched for others who have them is not for this client any more. */
  #hasSameRights(): boolean {
    const identity = this.identity()
    const before = this.#identity
    if (identity === before) return true
    this.#identity = identity
    return identity?.userId === before?.userId && String(identity?.scopes) === String(before?.scopes)
  }

  #tell(result: StreamResult): void {
    this.#told = result.seq ?? this.#told
    const resolve = this.#resolve
    this.#resolve = undefined
    this.#reject = undefined
    resolve?.({ done: false, value: result })
  }

  #leave(): void {
    const place = this.#place
    this.#place = apart
    if (place.kind === 'shared') place.stream.leave(this)
    else if (place.kind === 'own') void place.stream.return()
  }

  #close(end: StreamEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#leave()
    this.#waiting = undefined
    if (end.kind === 'failed') this.#reject?.(end.error)
    else this.#resolve?.(done)
    this.#resolve = undefined
    this.#reject = undefined
    this.#request.onEnd?.(end)
  }
}
