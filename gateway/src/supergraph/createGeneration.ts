import { createHash } from 'node:crypto'
import { Supergraph } from '@apollo/federation-internals'
import { codedError } from '@tributary/schema'
import type { DocumentNode } from 'graphql'
import { createSupergraphTypes } from '../executor/SupergraphTypes.ts'
import { createBoundedCall } from '../operation/boundedCall.ts'
import type { CompiledOperation } from '../operation/CompiledOperation.ts'
import { type CompileOptions, compileOperation } from '../operation/compileOperation.ts'
import { createOperationCache } from '../operation/OperationCache.ts'
import { defaultOperationLimits, type OperationLimits } from '../operation/OperationLimits.ts'
import { planningError } from '../operation/planningError.ts'
import { readDocument } from '../operation/readDocument.ts'
import { selectOperation } from '../operation/selectOperation.ts'
import type { FoundOperation, Generation, GetOperation, OperationText } from './Generation.ts'
import type { PlanElsewhere } from './planning/createPlanElsewhere.ts'
import { readKeys } from './readKeys.ts'
import { createPlanner } from './repair/createPlanner.ts'

export type GenerationOptions = {
  /** A Federation 1 or 2 supergraph. */
  supergraphSdl: string
  /** Where subgraphs are, by name, where it is not what the supergraph says. */
  subgraphUrls?: Readonly<Record<string, string>>
  limits?: Partial<OperationLimits>
  /** Bounds of the cache of compiled operations; 2,000 operations and 128 MiB (an estimate) by default. */
  cache?: { maxEntries?: number; maxBytes?: number }
  /** Plans what can wait. Stopped when the generation is retired. */
  elsewhere?: PlanElsewhere
}

/**
 * Bytes of heap that a compiled operation takes for each character of its text, about: 380 (long operations over three subgraphs) to
 * 480 (short ones) measured on this repository's graph. Syntax trees, plans and closures are far larger than the text.
 */
const bytesPerCharacter = 500

/** For how many an operation counts that has a plan, or one in parts, for each setting of some variables. */
const weightOfMany = 8

/** Makes a {@link Generation} of a supergraph. Throws when the supergraph is not valid. */
export function createGeneration(options: GenerationOptions): Generation {
  const { supergraphSdl, subgraphUrls = {}, elsewhere } = options
  const limits = { ...defaultOperationLimits, ...options.limits }
  const supergraph = Supergraph.build(supergraphSdl)
  const apiSchema = supergraph.apiSchema().toGraphQLJSSchema({ includeDefer: true })
  const subgraphs = new Map(
    supergraph.subgraphsMetadata().map(({ name, url }) => {
      const override = Object.hasOwn(subgraphUrls, name) ? subgraphUrls[name] : undefined
      return [name, { url: override ?? url }] as const
    }),
  )
  const planner = createPlanner(supergraph, supergraphSdl)
  const preparing = new Map<string, Promise<FoundOperation>>()
  const compileOptions: CompileOptions = {
    apiSchema,
    types: createSupergraphTypes(supergraph.schema.toGraphQLJSSchema(), readKeys(supergraph)),
    plan: planHere,
    names: planner.names,
    boundedCall: createBoundedCall(),
  }
  const cache = createOperationCache<CompiledOperation>({
    maxEntries: options.cache?.maxEntries ?? 2_000,
    maxBytes: options.cache?.maxBytes ?? 128 * 1024 * 1024,
  })

  return {
    id: createHash('sha256')
      .update(JSON.stringify([supergraphSdl, [...subgraphs]]))
      .digest('hex')
      .slice(0, 16),
    apiSchema,
    supergraphSdl,
    subgraphs,
    findCompiled: (text, operationName) => cache.get(keyOf(text, operationName)),
    mostUsed: (count) => cache.mostUsed(count).map(fromKey),
    getOperation: (text, operationName, document) => find({ text, operationName, document, plan: planHere }),
    prepareOperation(text, operationName, document) {
      const key = keyOf(text, operationName)
      const known = preparing.get(key)
      if (known) return known
      const prepared = prepare(text, operationName, document).finally(() => preparing.delete(key))
      preparing.set(key, prepared)
      return prepared
    },
    retire() {
      elsewhere?.stop()
    },
  }

  function find({ text, operationName, document, plan }: Sought): FoundOperation {
    const key = keyOf(text, operationName)
    const known = cache.get(key)
    if (known) return { kind: 'compiled', operation: known }
    // Whoever has validated a document does not know the rules of @defer.
    const mayCompile = document !== undefined && !text.includes('@defer')
    const found = guard(() => (mayCompile ? compile(document) : readAndCompile()))
    if (found.kind === 'compiled') {
      cache.set(key, found.operation, text.length * bytesPerCharacter * weigh(found.operation))
    }
    return found

    function readAndCompile(): FoundOperation {
      const read = readDocument(text, apiSchema, limits)
      return read.kind === 'errors' ? read : compile(read.document)
    }

    function compile(parsed: DocumentNode): FoundOperation {
      const selected = selectOperation(parsed, operationName || undefined)
      if (selected.kind === 'errors') return selected
      return { kind: 'compiled', operation: compileOperation(selected, { ...compileOptions, plan }) }
    }
  }

  async function prepare(...[text, operationName, document]: Parameters<GetOperation>): Promise<FoundOperation> {
    const sought = { text, operationName, document, plan: planHere }
    // What is not known to be valid would be planned for nothing.
    if (!elsewhere || !document || text.includes('@defer') || cache.get(keyOf(text, operationName))) return find(sought)
    const planned = await elsewhere.plan(text, operationName || undefined)
    switch (planned.kind) {
      case 'plan':
        // Where there is a plan, it is the only one: see `CompileOptions.plan`.
        return find({ ...sought, plan: () => planned.plan })
      case 'none':
        return find(sought)
      case 'late':
        return { kind: 'errors', errors: [codedError('GATEWAY_TIMEOUT', 'The operation takes too long to plan')] }
      default:
        return planned satisfies never
    }
  }

  function planHere(operation: Parameters<typeof planner.plan>[0]): ReturnType<typeof planner.plan> {
    const startedMs = performance.now()
    try {
      return planner.plan(operation)
    } finally {
      elsewhere?.plannedHere(performance.now() - startedMs)
    }
  }
}

type Sought = {
  text: string
  operationName: string | null | undefined
  document: DocumentNode | undefined
  plan: CompileOptions['plan']
}

function weigh(operation: CompiledOperation): number {
  if (operation.kind === 'subscription') return 1
  return operation.hasManyPlans || operation.incremental ? weightOfMany : 1
}

/** No text that can be compiled begins with NUL, and no operation's name has one: two operations never share a key. */
function keyOf(text: string, operationName: string | null | undefined): string {
  return operationName ? `\0${operationName}\0${text}` : text
}

function fromKey(key: string): OperationText {
  if (!key.startsWith('\0')) return { text: key, operationName: undefined }
  const end = key.indexOf('\0', 1)
  return { text: key.slice(end + 1), operationName: key.slice(1, end) }
}

/** What is thrown for an operation, as errors of it. */
function guard(compile: () => FoundOperation): FoundOperation {
  try {
    return compile()
  } catch (cause) {
    return { kind: 'errors', errors: [planningError(cause)] }
  }
}
