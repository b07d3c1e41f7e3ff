import type { Running } from '@tributary/runtime'
import type { Transport } from '../executor/Transport.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { Generations } from '../supergraph/openGenerations.ts'
import { createHttpTransport, type HttpTransportOptions } from '../transport/httpTransport.ts'

/** How long the connections to subgraphs of an old generation are kept for what still runs on it, in milliseconds. */
const retireAfterMs = 60_000

/**
 * The way to the subgraphs of the newest generation. When their URLs change, new connections are opened, and the old ones closed when
 * what ran on them has ended; a subgraph that is gone can be reached that long.
 */
export function openTransports(
  generations: Generations,
  options: Omit<HttpTransportOptions, 'subgraphs'>,
): Transport & Running {
  let newest = open(generations.current())
  const retired = new Map<OpenTransport, NodeJS.Timeout>()
  const endChanges = generations.onChange((generation) => {
    if (addressesOf(generation) === newest.addresses) return
    const old = newest
    newest = open(generation)
    const timer = setTimeout(() => {
      retired.delete(old)
      old.transport.stop().catch(() => undefined)
    }, retireAfterMs)
    retired.set(old, timer)
  })
  return {
    execute(request, context) {
      if (newest.names.has(request.subgraph)) return newest.transport.execute(request, context)
      const old = [...retired.keys()].findLast(({ names }) => names.has(request.subgraph))
      return (old ?? newest).transport.execute(request, context)
    },
    async stop() {
      endChanges()
      for (const timer of retired.values()) clearTimeout(timer)
      await Promise.all([newest, ...retired.keys()].map(({ transport }) => transport.stop()))
    },
  }

  function open(generation: Generation): OpenTransport {
    return {
      addresses: addressesOf(generation),
      names: new Set(generation.subgraphs.keys()),
      transport: createHttpTransport({ ...options, subgraphs: generation.subgraphs }),
    }
  }
}

type OpenTransport = { addresses: string; names: ReadonlySet<string>; transport: Transport & Running }

function addressesOf(generation: Generation): string {
  return JSON.stringify([...generation.subgraphs])
}
