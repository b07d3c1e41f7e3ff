import { type Log, type Running, StartupError } from '@tributary/runtime'
import { createGeneration, type GenerationOptions } from './createGeneration.ts'
import type { Generation } from './Generation.ts'
import { planAhead } from './planAhead.ts'
import { createPlanElsewhere } from './planning/createPlanElsewhere.ts'
import { SupergraphError, type SupergraphSource } from './SupergraphSource.ts'

export type OpenGenerationsOptions = Omit<GenerationOptions, 'supergraphSdl' | 'elsewhere'> & {
  /** Whether operations are planned in a thread of their own where planning takes long. Off by default. */
  planningThread?: boolean
  source: SupergraphSource
  /** How often the source is looked at, in milliseconds; 0 never. */
  pollMs: number
  log: Log
}

/** The newest graph, kept up to date. */
export type Generations = Running & {
  current(): Generation
  /** Calls back with each new generation, as soon as `current` gives it. Gives what ends that. */
  onChange(listener: (generation: Generation) => void): () => void
  /** How many are in memory: the newest, and those that something still needs, as of the last garbage collection. */
  count(): number
}

/**
 * Loads the graph, and goes on looking for changes: a new one takes the place of the old one when what the old one was asked for most is
 * planned; one that cannot be served never does; its
 * reasons are logged once. Throws a {@link StartupError} when there is none to begin with.
 */
export async function openGenerations(options: OpenGenerationsOptions): Promise<Generations> {
  const { source, log } = options
  const listeners = new Set<(generation: Generation) => void>()
  let count = 0
  const collected = new FinalizationRegistry<undefined>(() => count--)
  let current = await loadFirst()
  let problem: Problem | undefined
  let looking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  schedule()

  return {
    current: () => current,
    count: () => count,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await looking
      current.retire()
    },
  }

  async function loadFirst(): Promise<Generation> {
    try {
      const supergraphSdl = await source.load()
      if (supergraphSdl === undefined) throw new Error(`Expected ${source.name} to give a supergraph at first`)
      return build(supergraphSdl)
    } catch (error) {
      const isKnown = error instanceof SupergraphError || error instanceof InvalidSupergraph
      throw isKnown ? new StartupError(error.message, { cause: error }) : error
    }
  }

  function schedule(): void {
    if (options.pollMs === 0 || isStopped) return
    timer = setTimeout(() => {
      looking = look().finally(schedule)
    }, options.pollMs)
  }

  async function look(): Promise<void> {
    try {
      const supergraphSdl = await source.load()
      // Nothing new: a graph that was refused is still refused, a source that did not answer answers again.
      if (supergraphSdl === undefined) return forget('source')
      const generation = build(supergraphSdl)
      forget('source')
      forget('graph')
      if (isStopped || generation.id === current.id) return
      await planAhead({ from: current, to: generation })
      if (isStopped) return generation.retire()
      current.retire()
      current = generation
      log.info({ generation: current.id }, 'serving a new supergraph')
      for (const listener of listeners) listener(current)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      const kind = error instanceof InvalidSupergraph ? 'graph' : 'source'
      // The same problem comes again at each look: it is told once.
      if (text !== problem?.text) log.error({ reasons: text.split('\n') }, 'the supergraph is not updated')
      problem = { kind, text }
    }
  }

  function forget(kind: Problem['kind']): void {
    if (problem?.kind !== kind) return
    problem = undefined
    log.info(`${source.name} can be served again`)
  }

  function build(supergraphSdl: string): Generation {
    try {
      const elsewhere = options.planningThread && createPlanElsewhere({ supergraphSdl })
      const generation = createGeneration({ ...options, supergraphSdl, ...(elsewhere && { elsewhere }) })
      count++
      collected.register(generation, undefined)
      return generation
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new InvalidSupergraph(`What ${source.name} gives is no valid supergraph: ${reason}`, { cause })
    }
  }
}

type Problem = { kind: 'source' | 'graph'; text: string }

class InvalidSupergraph extends Error {}
