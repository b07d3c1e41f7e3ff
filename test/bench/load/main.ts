import { answerOrders } from '../process/answerOrders.ts'
import { createNames } from './createRequests.ts'
import { type Load, type LoadTarget, openLoad } from './openLoad.ts'

/** What the bench tells the load process; each order has one reply. */
export type LoadOrder = { kind: 'open'; target: LoadTarget } | { kind: 'run'; durationMs: number } | { kind: 'close' }

function main(): void {
  const nextName = createNames()
  let load: Load | undefined
  const obey = async (order: LoadOrder): Promise<unknown> => {
    switch (order.kind) {
      case 'open':
        load = await openLoad(order.target, nextName)
        return undefined
      case 'run':
        return load?.run(order.durationMs)
      case 'close':
        load?.close()
        load = undefined
        return undefined
      default:
        return order satisfies never
    }
  }
  answerOrders<LoadOrder>(undefined, obey)
}

main()
