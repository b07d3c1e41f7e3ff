import type { Identity } from '@tributary/runtime/identity'
import { Cancellation } from '../executor/CancelSignal.ts'
import { ofOneRequest, type RequestContext } from '../executor/RequestContext.ts'
import type { SubgraphRequest } from '../executor/Transport.ts'
import type { Aborts } from './createAborts.ts'
import type { Exchange } from './Exchange.ts'
import type { Target } from './Target.ts'

/** Queries under way that others may join: one request, an answer for each. */
export type Flights = {
  join(target: Target, request: SubgraphRequest, context: RequestContext): Promise<Exchange>
}

/** How many queries may be joined at a time, and how long ones, in characters: looking for a long text costs more than it saves. */
const maxFlights = 20_000
const maxLength = 4_096

/** Whether the request may be joined by others: mutations never. */
export function isShareable({ operation, body }: SubgraphRequest): boolean {
  return operation === 'query' && body.length <= maxLength
}

/**
 * No {@link Flights}. Two requests are the same when subgraph, body, the client's identity and the headers passed on from it are. The request ends
 * early when all who wait for it have left.
 */
export function createFlights(options: {
  send(target: Target, request: SubgraphRequest, context: RequestContext): Promise<Exchange>
  aborts: Aborts
}): Flights {
  const { send, aborts } = options
  const flights = new Map<string, Flight>()
  const numbers = new WeakMap<Identity, number>()
  let lastNumber = 0
  return {
    join(target, request, context) {
      if (context.signal.aborted) return Promise.resolve({ kind: 'aborted' })
      const key = keyOf(target, request, context)
      const known = flights.get(key)
      if (!known && flights.size >= maxFlights) return send(target, request, context)
      const flight = known ?? begin(key, { target, request, context })
      flight.waiting++
      return new Promise((resolve) => {
        const forget = aborts.add(context.signal, () => {
          resolve({ kind: 'aborted' })
          flight.waiting--
          if (flight.waiting > 0) return
          // Whoever comes now must not join what is given up.
          if (flights.get(key) === flight) flights.delete(key)
          flight.cancellation.abort()
        })
        flight.outcome.then((outcome) => {
          forget()
          resolve(outcome)
        })
      })
    },
  }

  function begin(key: string, asked: { target: Target; request: SubgraphRequest; context: RequestContext }): Flight {
    const { requestId, identity, headers } = asked.context
    const cancellation = new Cancellation()
    const outcome = send(asked.target, asked.request, { requestId, identity, headers, signal: cancellation })
    const flight: Flight = { cancellation, outcome, waiting: 0 }
    flights.set(key, flight)
    outcome.then(() => {
      if (flights.get(key) === flight) flights.delete(key)
    })
    return flight
  }

  function keyOf(target: Target, request: SubgraphRequest, { identity, headers }: RequestContext): string {
    let key = `${target.name} ${identity ? numberOf(identity) : 0}`
    for (const name in headers) if (!ofOneRequest.has(name)) key += `\n${name}: ${headers[name]}`
    return `${key}\n\n${request.body}`
  }

  /** An identity is one object as long as its token is remembered. */
  function numberOf(identity: Identity): number {
    const known = numbers.get(identity)
    if (known !== undefined) return known
    lastNumber++
    numbers.set(identity, lastNumber)
    return lastNumber
  }
}

type Flight = { cancellation: Cancellation; outcome: Promise<Exchange>; waiting: number }
