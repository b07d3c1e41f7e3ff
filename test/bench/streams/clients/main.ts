import { answerOrders } from '../../process/answerOrders.ts'
import { openCrowd } from './openCrowd.ts'

/** What the bench tells a process of clients. */
export type ClientOrder =
  /** Opens so many sockets, one after the other `tokens` in turn, each acknowledged. */
  | { kind: 'open'; count: number; port: number; tokens: readonly string[]; firstAddress: number }
  /** So many subscriptions more on each of the first `sockets` sockets; each has had its first event. `ids` in turn. */
  | { kind: 'subscribe'; sockets: number; each: number; ids: readonly string[] }
  /** Waits until every subscription has had an event more. Gives {@link Delivery}. */
  | { kind: 'await' }
  /** Subscribes, hears the first event and completes, so many times, on the open sockets. */
  | { kind: 'churn'; cycles: number; ids: readonly string[] }
  | { kind: 'close' }

/** How many subscriptions got their event, and when the last one did, by the system's monotonic clock, in milliseconds. */
export type Delivery = { received: number; expected: number; lastAtMs: number }

const crowd = openCrowd()
answerOrders<ClientOrder>(undefined, (order) => {
  switch (order.kind) {
    case 'open':
      return crowd.open(order)
    case 'subscribe':
      return crowd.subscribe(order)
    case 'await':
      return crowd.awaitEvents()
    case 'churn':
      return crowd.churn(order)
    case 'close':
      return crowd.close()
    default:
      return order satisfies never
  }
})
