import { createLog } from '@tributary/runtime'
import type { Transport } from '../../gateway/src/executor/Transport.ts'
import { createContext } from '../../gateway/src/server/createContext.ts'
import type { Room } from '../../gateway/src/server/Room.ts'
import { createStreamQuota } from '../../gateway/src/server/streamQuota.ts'
import { createStreams } from '../../gateway/src/stream/createStreams.ts'
import type { Generation } from '../../gateway/src/supergraph/Generation.ts'

/** A room without authentication and without streams. */
export function createSuiteRoom(generation: Generation, transport: Transport): Room {
  return {
    current: () => generation,
    transportOf: () => transport,
    holdTransport: () => () => {},
    openStream: createStreams({
      upstream: {
        subscribe: () => ({ next: async () => ({ kind: 'complete' }), stop() {} }),
        counts: () => ({ sockets: 0, streams: 0 }),
      },
      onFault() {},
    }).open,
    authenticate: () => undefined,
    onTokenEnd: () => () => {},
    createContext: (request) => createContext(request, []),
    allowsOrigin: () => true,
    logOperation() {},
    log: createLog({ service: 'test', level: 'silent' }),
    limits: { maxBodyBytes: 1024 * 1024, operationTimeoutMs: 30_000 },
    streams: createStreamQuota(),
    isDraining: () => false,
  }
}
