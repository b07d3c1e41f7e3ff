import { createLog } from '@tributary/runtime'
import { readGatewaySettings } from '../../../../gateway/src/config.ts'
import { startGateway } from '../../../../gateway/src/startGateway.ts'
import { answerOrders } from '../../process/answerOrders.ts'

/** What the bench tells the gateway's process. */
export type GatewayOrder =
  /** Collects garbage. Gives {@link MemoryUse}. */
  | { kind: 'memory' }
  /** Gives what `streamCounts` of the gateway does. */
  | { kind: 'counts' }

/** Both in bytes, after everything that nobody holds has been collected. */
export type MemoryUse = { rss: number; heap: number }

// As `gateway/src/main.ts`, and tells what it holds. Needs --expose-gc.
const settings = readGatewaySettings()
const log = createLog({ service: 'gateway', level: settings.LOG_LEVEL, isBuffered: true })
const gateway = await startGateway({ settings, log })
answerOrders<GatewayOrder>(
  gateway.port,
  async (order): Promise<MemoryUse | ReturnType<typeof gateway.streamCounts>> => {
    switch (order.kind) {
      case 'memory':
        for (let n = 0; n < 3; n++) {
          globalThis.gc?.()
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
        return { rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed }
      case 'counts':
        return gateway.streamCounts()
      default:
        return order satisfies never
    }
  },
)
