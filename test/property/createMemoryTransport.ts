import { setImmediate } from 'node:timers/promises'
import { type DocumentNode, type GraphQLSchema, Kind, execute as runOperation, type SelectionSetNode } from 'graphql'
import type { SubgraphRequest, SubgraphResponse, Transport } from '../../gateway/src/executor/Transport.ts'
import { randomOf } from './Random.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { isThing, type Thing } from './Thing.ts'
import type { World } from './World.ts'

/** What a subgraph was asked and would answer. */
export type Exchange = {
  request: SubgraphRequest
  document: DocumentNode
  schema: GraphQLSchema
  variables: Record<string, unknown>
  response: Extract<SubgraphResponse, { kind: 'answer' }>
}

/** Subgraphs, and the root fields of mutations in the order in which they took effect. */
export type MemoryTransport = Transport & { effects: readonly string[] }

/**
 * Subgraphs in this process: graphql-js over each subgraph's schema and the same data, answers through JSON. Some are faster than others, always
 * alike for the same request.
 *
 * @param onAnswer may give another response instead.
 */
export function createMemoryTransport(
  graph: SubgraphGraph,
  world: World,
  onAnswer: (exchange: Exchange) => SubgraphResponse = ({ response }) => response,
): MemoryTransport {
  const effects: string[] = []
  return {
    effects,
    execute,
    bytes: {
      async execute(request) {
        const response = await execute(request)
        if (response.kind === 'failure') return response
        const { kind: _, ...answer } = response
        // Some subgraphs write spaces.
        const text = JSON.stringify(answer, null, request.body.length % 3 === 0 ? 1 : 0)
        return { kind: 'bytes', status: 200, bytes: Buffer.from(text) }
      },
      read: (_, { bytes }) => ({ kind: 'answer', ...JSON.parse(Buffer.from(bytes).toString()) }),
    },
  }

  async function execute(request: SubgraphRequest): Promise<SubgraphResponse> {
    // The body is a GraphQL request.
    const { query, variables = {} } = JSON.parse(request.body) as {
      query: string
      variables?: Record<string, unknown>
    }
    const { schema, document } = graph.read(request.subgraph, query)
    for (let turns = Math.floor(randomOf(request.body)() * 4); turns > 0; turns--) await setImmediate()
    const result = await runOperation({
      schema,
      document,
      variableValues: variables,
      contextValue: { find: (representation: Values) => findEntity(graph, request.subgraph, world, representation) },
      rootValue: world.root(request.operation === 'mutation' ? 'Mutation' : 'Query'),
      fieldResolver: (thing, args, _, { fieldName, parentType }) => {
        if (parentType === schema.getMutationType()) effects.push(effectOf(fieldName, args))
        return resolveIn(graph, request.subgraph, { world, thing, args, fieldName, typename: parentType.name })
      },
      typeResolver: (thing) => (isThing(thing) ? thing.typename : undefined),
    })
    // An ExecutionResult in JSON has exactly what an answer has.
    const answer = JSON.parse(JSON.stringify(result)) as Omit<Exchange['response'], 'kind'>
    return onAnswer({ request, document, schema, variables, response: { kind: 'answer', ...answer } })
  }
}

/** A root field of a mutation with its arguments, as text. */
export function effectOf(fieldName: string, args: Values): string {
  return JSON.stringify([fieldName, Object.entries(args).sort()])
}

type Values = Readonly<Record<string, unknown>>

/** The entity that a representation names. Throws when it has none of the subgraph's keys. */
function findEntity(graph: SubgraphGraph, subgraph: string, world: World, representation: Values): Thing {
  const keys = graph.subgraphs.get(subgraph)?.keys.get(String(representation.__typename)) ?? []
  const isNamed = keys.some(({ selectionSet, isResolvable }) => isResolvable && hasAll(representation, selectionSet))
  if (!isNamed) throw new Error(`${subgraph} knows no entity by ${JSON.stringify(representation)}`)
  return world.find(representation)
}

function hasAll(value: unknown, { selections }: SelectionSetNode): boolean {
  if (typeof value !== 'object' || value === null) return false
  return selections.every((one) => {
    if (one.kind !== Kind.FIELD || !Object.hasOwn(value, one.name.value)) return false
    return one.selectionSet === undefined || hasAll(Reflect.get(value, one.name.value), one.selectionSet)
  })
}

function resolveIn(
  graph: SubgraphGraph,
  subgraph: string,
  asked: { world: World; thing: unknown; args: Record<string, unknown>; fieldName: string; typename: string },
): unknown {
  const { world, thing, args, fieldName, typename } = asked
  const isKnown =
    graph.isOwner(subgraph, typename, fieldName) || graph.subgraphs.get(subgraph)?.provides(fieldName) === true
  if (!isKnown || !isThing(thing)) throw new Error(`${subgraph} does not know ${typename}.${fieldName}`)
  return world.read(thing, fieldName, args, subgraph)
}
