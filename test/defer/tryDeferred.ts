import { type ExecutionResult, parse, print } from 'graphql'
import type { ExecuteRequest } from '../../gateway/src/operation/CompiledOperation.ts'
import type { Generation } from '../../gateway/src/supergraph/Generation.ts'
import { randomOf } from '../property/Random.ts'
import { deferRandomly } from './deferRandomly.ts'
import { mergeParts, type Part } from './mergeParts.ts'

export type DeferredCase = {
  generation: Generation
  request: ExecuteRequest
  text: string
  operationName?: string | undefined
  /** Decides what is deferred. */
  seed: string
}

export type DeferredOutcome = {
  /** What is wrong, in words. */
  problem: string | undefined
  /** In how many parts the answer came. */
  parts: number
}

/** Runs an operation as it is, and with some of it deferred: all parts together must be the answer as it is. */
export async function tryDeferred(one: DeferredCase): Promise<DeferredOutcome> {
  const { generation, request, operationName } = one
  const text = print(deferRandomly(parse(one.text), randomOf(one.seed)))
  const plain = await execute(one.text)
  const whole = await execute(text)
  const parts: Part[] = []
  const run = find(text).incremental?.begin(request)
  for (let part = await run?.next(); part; part = await run?.next()) parts.push(throughJson(part))
  const problem = check()
  if (problem === undefined) return { problem, parts: parts.length }
  const shown = { variables: request.variables, parts, plain }
  return { problem: `${problem}\n${text}\n${JSON.stringify(shown, null, 1)}`, parts: parts.length }

  function check(): string | undefined {
    if (JSON.stringify(whole.data) !== JSON.stringify(plain.data)) return 'Expected the same data where it comes in one'
    if (parts.length === 0) return undefined
    try {
      const merged = mergeParts(parts)
      const difference = compare(merged.data, plain.data, { mayLack: merged.nullParts > 0, path: [] })
      if (difference) return `Expected the same at ${difference.join('.')}`
      const hasErrors = merged.errors.length > 0
      if (hasErrors !== (plain.errors !== undefined)) return 'Expected errors on both sides or on none'
      if (merged.errors.some(({ message }) => message.includes('_entities'))) return 'Expected no word of _entities'
      return undefined
    } catch (error) {
      return String(error)
    }
  }

  async function execute(query: string): Promise<ExecutionResult> {
    return throughJson(await find(query).execute(request))
  }

  function find(query: string) {
    const found = generation.getOperation(query, operationName)
    if (found.kind === 'errors') throw new Error(`Refused: ${found.errors[0]?.message}\n${query}`)
    if (found.operation.kind === 'subscription') throw new Error('Expected a query or a mutation')
    return found.operation
  }
}

/**
 * Where two answers differ. A null that has travelled up to the edge of a part takes nothing around it with it: what is null in the one may be there in the other,
 * and what the null part would have had is not there.
 */
function compare(
  merged: unknown,
  plain: unknown,
  { mayLack, path }: { mayLack: boolean; path: readonly string[] },
): readonly string[] | undefined {
  if (plain === null && mayLack) return undefined
  if (typeof plain !== 'object' || plain === null) return merged === plain ? undefined : path
  if (typeof merged !== 'object' || merged === null || Array.isArray(merged) !== Array.isArray(plain)) return path
  for (const key of new Set([...Object.keys(plain), ...Object.keys(merged)])) {
    const isThere = Object.hasOwn(merged, key)
    if (!Object.hasOwn(plain, key) || (!isThere && !mayLack)) return [...path, key]
    if (!isThere) continue
    const difference = compare(Reflect.get(merged, key), Reflect.get(plain, key), { mayLack, path: [...path, key] })
    if (difference) return difference
  }
  return undefined
}

/** As a client gets it. */
function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value))
}
