import type { Running } from '@tributary/runtime'
import type { Transport } from '../executor/Transport.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { Generations } from '../supergraph/openGenerations.ts'
import { createHttpTransport, type HttpTransportOptions } from '../transport/httpTransport.ts'

/** How long the connections to subgraphs of an old generation are kept for what still runs on it, in milliseconds. */
const retireAfterMs = 60_000

/**
 * The ways to the subgraphs of each generation. When their URLs change, new connections are opened, and the old ones closed when what ran on
 * them has had time to end: until then a generation reaches its subgraphs where they were when it was made, after that where they are now.
 */
export function openTransports(generations: Generations, options: Omit<HttpTransportOptions, 'subgraphs'>): Transports {
  let newest = open(generations.current())
  const known = new WeakMap<Generation, Transport>([[generations.current(), toTransport(newest)]])
  const retired = new Map<OpenTransport, NodeJS.Timeout>()
  const endChanges = generations.onChange((generation) => {
    if (addressesOf(generation) === newest.addresses) {
      known.set(generation, toTransport(newest))
      return
    }
    const old = newest
    newest = open(generation)
    known.set(generation, toTransport(newest))
    const timer = setTimeout(() => {
      retired.delete(old)
      old.transport.stop().catch(() => undefined)
    }, retireAfterMs)
    retired.set(old, timer)
  })
  const current = through(() => newest.transport)
  return {
    of: (generation) => known.get(generation) ?? current,
    async stop() {
      endChanges()
      for (const timer of retired.values()) clearTimeout(timer)
      await Promise.all([newest, ...retired.keys()].map(({ transport }) => transport.stop()))
    },
  }

  function toTransport(own: OpenTransport): Transport {
    return through(() => (own === newest || retired.has(own) ? own : newest).transport)
  }

  function open(generation: Generation): OpenTransport {
    return {
      addresses: addressesOf(generation),
      transport: createHttpTransport({ ...options, subgraphs: generation.subgraphs }),
    }
  }
}

/** How each generation reaches its subgraphs. */
export type Transports = Running & { of(generation: Generation): Transport }

/** A transport that is looked up for each request. */
function through(now: () => Transport): Transport {
  return {
    execute: (request, context) => now().execute(request, context),
    get bytes() {
      return now().bytes
    },
  }
}

type OpenTransport = { addresses: string; transport: Transport & Running }

function addressesOf(generation: Generation): string {
  return JSON.stringify([...generation.subgraphs])
}
