import type { Identity } from '@tributary/runtime/identity'
import { Cancellation, type CancelSignal } from './CancelSignal.ts'
import { ofOneRequest, type RequestContext } from './RequestContext.ts'

/** Queries under way that others may join: they run once, and all get what comes of it. */
export type Flights<Outcome> = {
  /**
   * Joins the same query of the same client, or begins it. `begin` gets a context that ends when all who wait have left, and must not
   * reject. Undefined for who has left.
   */
  join(
    query: string,
    context: RequestContext,
    begin: (context: RequestContext) => Promise<Outcome>,
  ): Promise<Outcome | undefined>
}

/** How many queries may be joined at a time. */
const maxFlights = 20_000

/** How a {@link CancelSignal}'s abort is heard; gives what stops listening. */
export type OnAbort = (signal: CancelSignal, call: () => void) => () => void

/**
 * No {@link Flights} yet. Two queries are the same when their texts are, the identity of the client (one object as long as its token is
 * remembered), and the headers that are passed on from it.
 */
export function createFlights<Outcome>(onAbort: OnAbort): Flights<Outcome> {
  const flights = new Map<string, Flight<Outcome>>()
  const numbers = new WeakMap<Identity, number>()
  let lastNumber = 0
  return {
    join(query, context, begin) {
      if (context.signal.aborted) return Promise.resolve(undefined)
      const key = keyOf(query, context)
      const known = flights.get(key)
      if (!known && flights.size >= maxFlights) return begin(context)
      const flight = known ?? start(key, context, begin)
      flight.waiting++
      return new Promise((resolve, reject) => {
        const forget = onAbort(context.signal, () => {
          resolve(undefined)
          flight.waiting--
          if (flight.waiting > 0) return
          // Whoever comes now must not join what is given up.
          if (flights.get(key) === flight) flights.delete(key)
          flight.cancellation.abort()
        })
        flight.outcome.then((outcome) => {
          forget()
          resolve(outcome)
        }, reject)
      })
    },
  }

  function start(
    key: string,
    { requestId, identity, headers }: RequestContext,
    begin: (context: RequestContext) => Promise<Outcome>,
  ): Flight<Outcome> {
    const cancellation = new Cancellation()
    const outcome = begin({ requestId, identity, headers, signal: cancellation })
    const flight: Flight<Outcome> = { cancellation, outcome, waiting: 0 }
    flights.set(key, flight)
    const end = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    outcome.then(end, end)
    return flight
  }

  function keyOf(query: string, { identity, headers }: RequestContext): string {
    let key = identity ? `${numberOf(identity)}` : '0'
    for (const name in headers) if (!ofOneRequest.has(name)) key += `\n${name}: ${headers[name]}`
    return `${key}\n\n${query}`
  }

  function numberOf(identity: Identity): number {
    const known = numbers.get(identity)
    if (known !== undefined) return known
    lastNumber++
    numbers.set(identity, lastNumber)
    return lastNumber
  }
}

type Flight<Outcome> = { cancellation: Cancellation; outcome: Promise<Outcome>; waiting: number }
