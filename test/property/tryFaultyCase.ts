import { type ASTNode, type ExecutionResult, type GraphQLOutputType, getNamedType, isObjectType, visit } from 'graphql'
import { answerByReference, type ReferenceAnswer } from './answerByReference.ts'
import { fieldsBelow, findNulls, hasShape } from './checkNulling.ts'
import { createMemoryTransport, type Exchange } from './createMemoryTransport.ts'
import { type Fault, injectFaults } from './injectFaults.ts'
import type { PrintedOperation } from './printDraft.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { answer } from './tryCase.ts'
import { createWorld } from './World.ts'

/** Runs an operation while a share of the subgraphs' answers are spoilt; tells what is wrong with our answer, or gives undefined. */
export async function tryFaultyCase(
  graph: SubgraphGraph,
  printed: PrintedOperation,
  options: { seed: number; nulls: number; share: number },
): Promise<string | undefined> {
  const world = createWorld(graph, { ...options, errors: 0 })
  const clean = await answerByReference(graph.generation.apiSchema, world, printed.reference)
  const wanted = new Set<string>()
  await answer(
    graph,
    printed,
    createMemoryTransport(graph, world, (exchange) => {
      for (const ask of asksOf(exchange)) wanted.add(ask)
      return exchange.response
    }),
  )
  const given = new Set<string>()
  const faults: Fault[] = []
  const lost = new Set<string>()
  const { spoil } = injectFaults(graph, options)
  const requests: (() => string)[] = []
  const own = await answer(
    graph,
    printed,
    createMemoryTransport(graph, world, (exchange) => {
      const isWell = !exchange.response.errors
      const { response, fault } = spoil(exchange)
      const spoilt = fault?.spoilt
      if (fault) faults.push(fault)
      for (const name of spoilt ?? (isWell && !fault ? [] : fieldNames(exchange.document))) {
        lost.add(lostName(exchange.request.subgraph, name))
      }
      if (isWell && (!fault || spoilt)) for (const ask of asksOf(exchange, spoilt)) given.add(ask)
      requests.push(() => {
        const { subgraph, body } = exchange.request
        return `${fault?.kind ?? 'well'}: ${subgraph} ${body}\n  -> ${JSON.stringify(response)}`
      })
      return response
    }),
  )
  for (const ask of wanted) if (!given.has(ask)) lost.add(lostField(ask))
  const problem = check(graph, clean, own, { lost, faults })
  return (
    problem &&
    [
      problem,
      printed.text,
      `variables: ${JSON.stringify(printed.variables)}`,
      ...requests.map((describe) => describe()),
      `data: ${JSON.stringify(own.data)}`,
      `without faults: ${JSON.stringify(clean.data)}`,
      `errors: ${JSON.stringify(own.errors)}`,
    ].join('\n')
  )
}

function check(
  graph: SubgraphGraph,
  clean: ReferenceAnswer,
  own: ExecutionResult,
  { lost, faults }: { lost: ReadonlySet<string>; faults: readonly Fault[] },
): string | undefined {
  const errors = own.errors ?? []
  let nulls: readonly (readonly (string | number)[])[]
  try {
    nulls = findNulls(clean, own.data)
  } catch (error) {
    return String(error)
  }
  if (faults.length === 0 && (nulls.length > 0 || errors.length > clean.errors.length))
    return 'Expected the answer without faults'
  if (nulls.length > 0 && errors.length === 0) return `Expected an error for the null at ${nulls[0]?.join('.')}`
  for (const { message, path } of errors) {
    if (/_entities|_Entity|representations/.test(message)) return `Expected no word of federation: ${message}`
    if (path && !hasShape(clean, path)) return `Expected the path of an error to be in the answer: ${path.join('.')}`
  }
  for (const { kind, message } of faults) {
    if (message === undefined) continue
    // A mutation may send one request twice, which fails twice.
    const expected = faults.filter((fault) => fault.message === message).length
    const count = errors.filter((error) => error.message === message).length
    if (count !== expected) return `Expected ${expected} errors for ${kind} "${message}", got ${count}`
  }
  const subgraphs = [...graph.subgraphs.keys()]
  const isLost = (name: string) => subgraphs.some((subgraph) => lost.has(lostName(subgraph, name)))
  const unexplained = nulls.find((place) => {
    if (errors.some(({ path }) => path && place.every((key, index) => path[index] === key))) return false
    return !fieldsBelow(clean, place).some(({ name, typename, field, type }) =>
      [name, field, ...namesTakenBy(graph, typename, field), ...namesTakenAsType(graph, type)].some(isLost),
    )
  })
  return unexplained && `Expected the value at ${unexplained.join('.')}: nothing that it takes has failed`
}

/** What a subgraph is given to make a field: keys, what it requires, and what that requires in turn. */
function namesTakenBy(graph: SubgraphGraph, typename: string, field: string): readonly string[] {
  const { requires } = graph.field(typename, field)
  const names = new Set(requires ? fieldNames(requires) : [])
  // A set that grows while it is walked is walked to its end.
  for (const name of names) for (const one of namesRequiredBy(graph, name)) names.add(one)
  return [...Object.keys(graph.keys[typename] ?? {}), ...names]
}

/** What fields of this name require, of whatever type. */
function namesRequiredBy(graph: SubgraphGraph, field: string): readonly string[] {
  return Object.values(graph.fullSchema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || !Object.hasOwn(type.getFields(), field) || type.name.startsWith('__')) return []
    const { requires } = graph.field(type.name, field)
    return requires ? fieldNames(requires) : []
  })
}

/** What must be known of an object to know what it is: an interface object's own subgraph cannot tell its type. */
function namesTakenAsType(graph: SubgraphGraph, type: GraphQLOutputType): readonly string[] {
  const { name } = getNamedType(type)
  return [...graph.subgraphs.values()].some(({ interfaceObjects }) => interfaceObjects.has(name)) ? ['__typename'] : []
}

/** What a request asks for: of each entity, or of the root, each field, by its name and as the answer calls it. */
function asksOf({ request, document, variables }: Exchange, without?: ReadonlySet<string>): readonly string[] {
  const names = fieldNames(document).filter((name) => !without?.has(name))
  const representations = Array.isArray(variables.representations) ? variables.representations : ['root']
  return representations.flatMap((one) => names.map((name) => JSON.stringify([request.subgraph, name, one])))
}

function fieldNames(document: ASTNode): readonly string[] {
  const names = new Set<string>()
  visit(document, { Field: ({ name, alias }) => void names.add(name.value).add(alias?.value ?? name.value) })
  return [...names]
}

function lostField(ask: string): string {
  // As asksOf made it.
  const [subgraph, name] = JSON.parse(ask) as [string, string]
  return lostName(subgraph, name)
}

function lostName(subgraph: string, name: string): string {
  return `${subgraph} ${name}`
}
