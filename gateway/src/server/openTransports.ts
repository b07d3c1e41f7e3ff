import type { Running } from '@tributary/runtime'
import type { Transport } from '../executor/Transport.ts'
import type { Generation } from '../supergraph/Generation.ts'
import type { Generations } from '../supergraph/openGenerations.ts'
import { createHttpTransport, type HttpTransportOptions } from '../transport/httpTransport.ts'

export type TransportsOptions = Omit<HttpTransportOptions, 'subgraphs'> & {
  /** How long the connections to subgraphs of an old generation are kept for the queries that still run on it. Default 60 s. */
  retireAfterMs?: number
}

/** How each generation reaches its subgraphs. */
export type Transports = Running & {
  of(generation: Generation): Transport
  /** Keeps the generation's connections, for what may run longer than a query, until the function that it gives is called. */
  hold(generation: Generation): () => void
}

type OpenTransport = {
  addresses: string
  transport: Transport & Running
  /** The transport while it is open, then the newest one. */
  way: Transport
  holders: number
}

/**
 * The ways to the subgraphs of each generation. When their URLs change, new connections are opened, and the old ones closed when what ran on
 * them has had time to end and no stream holds them: until then a generation reaches its subgraphs where they were when it was made, after
 * that where they are now.
 */
export function openTransports(
  generations: Generations,
  { retireAfterMs = 60_000, ...options }: TransportsOptions,
): Transports {
  let newest = open(generations.current())
  const known = new WeakMap<Generation, OpenTransport>([[generations.current(), newest]])
  const retired = new Map<OpenTransport, { timer: NodeJS.Timeout; isDue: boolean }>()
  const endChanges = generations.onChange((generation) => {
    if (addressesOf(generation) !== newest.addresses) {
      retire(newest)
      newest = open(generation)
    }
    known.set(generation, newest)
  })
  const current = through(() => newest.transport)
  return {
    of: (generation) => known.get(generation)?.way ?? current,
    hold(generation) {
      const own = known.get(generation)
      if (!own) return () => {}
      own.holders++
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        own.holders--
        closeIfUnused(own)
      }
    },
    async stop() {
      endChanges()
      for (const { timer } of retired.values()) clearTimeout(timer)
      await Promise.all([newest, ...retired.keys()].map(({ transport }) => transport.stop()))
    },
  }

  function retire(old: OpenTransport): void {
    const timer = setTimeout(() => {
      retired.set(old, { timer, isDue: true })
      closeIfUnused(old)
    }, retireAfterMs)
    retired.set(old, { timer, isDue: false })
  }

  function closeIfUnused(old: OpenTransport): void {
    if (!retired.get(old)?.isDue || old.holders > 0) return
    retired.delete(old)
    old.transport.stop().catch(() => undefined)
  }

  function open(generation: Generation): OpenTransport {
    const own: OpenTransport = {
      addresses: addressesOf(generation),
      transport: createHttpTransport({ ...options, subgraphs: generation.subgraphs }),
      way: through(() => (own === newest || retired.has(own) ? own : newest).transport),
      holders: 0,
    }
    return own
  }
}

/** A transport that is looked up for each request. */
function through(now: () => Transport): Transport {
  return {
    execute: (request, context) => now().execute(request, context),
    get bytes() {
      return now().bytes
    },
  }
}

function addressesOf(generation: Generation): string {
  return JSON.stringify([...generation.subgraphs])
}
