import type { ExecutionResult } from 'graphql'
import { createFlatTrees } from '../../gateway/src/executor/flat/FlatTrees.ts'
import type { Transport } from '../../gateway/src/executor/Transport.ts'
import { toResult } from '../../gateway/src/operation/compileOperation.ts'
import { answerByReference, type ReferenceAnswer } from './answerByReference.ts'
import { createMemoryTransport } from './createMemoryTransport.ts'
import type { PrintedOperation } from './printDraft.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { createWorld, type WorldOptions } from './World.ts'

/** Runs an operation through our executor and through graphql-js over the merged schema; gives what differs, or undefined. */
export async function tryCase(
  graph: SubgraphGraph,
  printed: PrintedOperation,
  options: WorldOptions,
): Promise<string | undefined> {
  const world = createWorld(graph, options)
  const expected = await answerByReference(graph.generation.apiSchema, world, printed.reference)
  const transport = createMemoryTransport(graph, world)
  const own = await answer(graph, printed, transport)
  // The same without flat trees.
  const { bytes: _, ...plainTransport } = createMemoryTransport(graph, world)
  const plain = await answer(graph, printed, plainTransport)
  const problem =
    compare(graph, printed, own, expected) ??
    compareEffects(transport.effects, expected) ??
    compare(graph, printed, plain, expected) ??
    (canonical(own) === canonical(plain) ? undefined : 'Expected the same with and without flat trees')
  if (problem === undefined) return undefined
  return [
    problem,
    printed.text,
    `variables: ${JSON.stringify(printed.variables)}`,
    `data: ${JSON.stringify(own.data, null, 1)}`,
    `expected: ${JSON.stringify(expected.data, null, 1)}`,
    `errors: ${JSON.stringify(own.errors)}`,
    `expected errors: ${JSON.stringify(expected.errors)}`,
  ].join('\n')
}

/** How many answers were made of flat trees, in this process. */
export const flatAnswers = { count: 0 }

/** The trees of all cases: what one leaves in them must not be seen by the next. */
const trees = createFlatTrees()

/** Our executor's answer, made of a flat tree where that can be. Throws when the operation is refused. */
export async function answer(
  graph: SubgraphGraph,
  { text, variables }: Pick<PrintedOperation, 'text' | 'variables'>,
  transport: Transport,
): Promise<ExecutionResult> {
  const found = graph.generation.getOperation(text)
  if (found.kind === 'errors')
    throw new Error(`Refused: ${found.errors[0]?.message}\n${text}`, { cause: found.errors[0] })
  if (found.operation.kind === 'subscription') throw new Error('Expected a query or a mutation')
  const context = { requestId: '', identity: undefined, headers: {}, signal: new AbortController().signal }
  const given = await found.operation.answerBytes({ variables, context, transport }, trees)
  if (!('bytes' in given)) return toResult(given)
  flatAnswers.count++
  const result = JSON.parse(given.bytes.toString())
  given.release()
  return result
}

function compare(
  graph: SubgraphGraph,
  { text }: PrintedOperation,
  own: ExecutionResult,
  expected: ReferenceAnswer,
): string | undefined {
  const data = JSON.stringify(own.data)
  if (data !== JSON.stringify(expected.data)) return 'Expected the same data'
  if (/_entities|_Entity/.test(JSON.stringify(own.errors?.map(({ message }) => message)))) {
    return 'Expected no word of _entities'
  }
  // A plan asks an interface object for what the client asks of one type alone, and behind a @requires for what a variable leaves out: an
  // error there is about no value of the answer.
  const hasInterfaceObjects = [...graph.subgraphs.values()].some(({ interfaceObjects }) => interfaceObjects.size > 0)
  const mayAskMore = hasInterfaceObjects || /@(skip|include)\(if: \$/.test(text)
  const errors = (own.errors ?? []).filter(({ path }) => !mayAskMore || placeOfNull(own.data, path) !== undefined)
  if (errors.length > 0 !== expected.errors.length > 0) return 'Expected errors on both sides or on none'
  // Each error must be about a null that an expected error is about; of equal entities only one has the error.
  const nulls = new Set(expected.errors.map(({ path }) => placeOfNull(expected.data, path)))
  const stray = errors.find(({ path }) => !nulls.has(placeOfNull(own.data, path)))
  return stray && `Expected no error at ${stray.path?.join('.')}`
}

/** Behind a field that made the whole answer null, others may or may not take effect (GraphQL spec, section 6.4.4). */
function compareEffects(own: readonly string[], { effects, data }: ReferenceAnswer): string | undefined {
  const isSame = own.length === effects.length || (!data && own.length > effects.length)
  if (isSame && effects.every((effect, index) => effect === own[index])) return undefined
  return `Expected the effects of a mutation in order: ${effects.join()}, got ${own.join()}`
}

/** A result as text: of errors neither the order matters nor which of the places, that have asked for the same, tells of one. */
function canonical({ data, errors }: ExecutionResult): string {
  return JSON.stringify([data, errors?.map(({ path: _, ...error }) => JSON.stringify(error)).sort()])
}

/** Where on its path an error's null is, if there is one. */
function placeOfNull(data: unknown, path: readonly (string | number)[] = []): string | undefined {
  let value = data
  const place: (string | number)[] = []
  for (const key of path) {
    if (typeof value !== 'object' || value === null) break
    value = Reflect.get(value, key)
    place.push(key)
  }
  return value === null ? JSON.stringify(place) : undefined
}
