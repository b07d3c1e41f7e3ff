import { isObjectType, Kind } from 'graphql'
import type { Exchange } from './createMemoryTransport.ts'
import { pick, type Random } from './Random.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'

type Values = Readonly<Record<string, unknown>>

/**
 * Swaps two entities of an answer that has the type and the key of each, asked for or not, so that one can know that it is not where it should be.
 * Gives whether there are two.
 */
export function swapTelling(graph: SubgraphGraph, exchange: Exchange, random: Random): boolean {
  const { request, response, variables } = exchange
  const representations: unknown = variables.representations
  const received: unknown = response.data?._entities
  if (!Array.isArray(received) || !Array.isArray(representations)) return false
  const entities = received.flatMap((answered: unknown, index) => {
    const asked: unknown = representations[index]
    return isValues(answered) && isValues(asked) ? [{ answered, identity: identityOf(asked), index }] : []
  })
  const pairs = entities.flatMap((one) =>
    entities.flatMap((other) => (isTelling(one.identity, other.identity) ? [[one, other] as const] : [])),
  )
  if (pairs.length === 0) return false
  const [one, other] = pick(random, pairs)
  received[one.index] = { ...other.answered, ...other.identity }
  received[other.index] = { ...one.answered, ...one.identity }
  return true

  /** The representation's type and those of its fields that are a key alone. */
  function identityOf(asked: Values): Values {
    const { __typename } = asked
    const keys = graph.subgraphs.get(request.subgraph)?.keys.get(String(__typename)) ?? []
    const names = keys.flatMap(({ selectionSet: { selections } }) => {
      const [key] = selections
      return selections.length === 1 && key?.kind === Kind.FIELD && !key.selectionSet ? [key.name.value] : []
    })
    return { __typename, ...Object.fromEntries(names.map((name) => [name, asked[name]])) }
  }

  function isTelling(one: Values, other: Values): boolean {
    const isObject = ({ __typename }: Values) => isObjectType(graph.fullSchema.getType(String(__typename)))
    if (one.__typename !== other.__typename) return isObject(one) && isObject(other)
    return Object.keys(one).some((name) => one[name] !== undefined && one[name] !== other[name])
  }
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null
}
