import { GraphQLError } from 'graphql'
import { poolSize } from './graphs/Graph.ts'
import { pick, type Random, randomOf } from './Random.ts'
import { evaluateRequires, readRequires } from './requiredValues.ts'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { isThing, type Thing } from './Thing.ts'
import type { ValueShape } from './ValueShape.ts'

/** All the data of one case. Whoever asks for a field, a subgraph or the merged schema, gets the same value. */
export type World = {
  root(typename: string): Thing
  /** The object that the representation names. Throws unless it is exactly one. */
  find(representation: Readonly<Record<string, unknown>>): Thing
  /** A field's value: leaves, {@link Thing}s, lists of them. Throws where the data has an error. Without a subgraph: by the merged schema. */
  read(thing: Thing, field: string, args: Readonly<Record<string, unknown>>, subgraph?: string): unknown
}

export type WorldOptions = {
  seed: number
  /** How often a value that may be null is. */
  nulls: number
  /** How often a field throws. */
  errors: number
}

/** Makes up the data of a graph. */
export function createWorld(graph: SubgraphGraph, { seed, nulls, errors }: WorldOptions): World {
  return {
    root: (typename) => ({ typename, id: '', n: undefined, given: undefined }),
    find,
    read,
  }

  function read(thing: Thing, field: string, args: Readonly<Record<string, unknown>>, subgraph?: string): unknown {
    if (field === '__typename') return thing.typename
    const key = keyValue(thing, field)
    if (key !== undefined) return key
    const { shape, mayThrow, requires } = graph.field(thing.typename, field)
    const required = requires
      ? subgraph === undefined
        ? evaluateRequires(graph, { thing, selectionSet: requires, read })
        : readRequires(graph, { given: thing.given, selectionSet: requires })
      : undefined
    const place = `${thing.typename}:${thing.id}.${field}(${canonicalJson(args)})`
    const random = randomOf(`${seed} ${place} ${JSON.stringify(required)}`)
    if (mayThrow && random() < errors) throw new GraphQLError(`No ${field}`)
    return make(shape, { random, place, errors: mayThrow ? errors : 0 })
  }

  function make(shape: ValueShape, from: { random: Random; place: string; errors: number }): unknown {
    const { random, place } = from
    if (!shape.isNonNull && random() < nulls) return null
    switch (shape.kind) {
      case 'list':
        return Array.from({ length: Math.floor(random() * 4) }, (_, index) =>
          random() < from.errors
            ? new GraphQLError('No such item')
            : make(shape.item, { ...from, place: `${place}[${index}]` }),
        )
      case 'object': {
        const typename = pick(random, shape.types)
        const isPooled = Object.hasOwn(graph.keys, typename)
        return isPooled
          ? pooled(typename, Math.floor(random() * poolSize))
          : { ...pooled(typename, 0), id: place, n: undefined }
      }
      case 'leaf':
        return shape.values ? pick(random, shape.values) : leafValue(shape.type, random)
      default:
        return shape satisfies never
    }
  }

  function keyValue({ typename, n }: Thing, field: string): unknown {
    const keys = graph.keys[typename]
    if (n === undefined || !keys || !Object.hasOwn(keys, field)) return undefined
    const value = keys[field]?.(n)
    return typeof value === 'object' ? pooled(value.typename, value.n) : value
  }

  function find(representation: Readonly<Record<string, unknown>>): Thing {
    const found = graph
      .concreteTypes(String(representation.__typename))
      .flatMap((typename) => Array.from({ length: poolSize }, (_, n) => pooled(typename, n)))
      .filter((thing) => isNamed(thing, representation))
    const [thing, another] = found
    if (!thing || another)
      throw new Error(`Expected one entity, found ${found.length}: ${JSON.stringify(representation)}`)
    return { ...thing, given: representation }
  }

  function isNamed(thing: Thing, representation: Readonly<Record<string, unknown>>): boolean {
    return Object.keys(graph.keys[thing.typename] ?? {}).every((field) => {
      const given = representation[field]
      if (given === undefined) return true
      const value = keyValue(thing, field)
      if (!isThing(value)) return given === value
      return typeof given === 'object' && given !== null && isNamed(value, { ...given })
    })
  }
}

function pooled(typename: string, n: number): Thing {
  return { typename, id: String(n), n, given: undefined }
}

function leafValue(type: string, random: Random): unknown {
  const number = Math.floor(random() * 1_000)
  switch (type) {
    case 'Int':
      return number % 7 === 0 ? 0 : number
    case 'Float':
      return number / 4
    case 'Boolean':
      return number % 2 === 0
    case 'String':
      return number % 7 === 0 ? '' : `s${number}`
    case 'ID':
      return `id${number}`
    default:
      return pick<unknown>(random, [number, 'text', false, [], [null, [1]], ...odd, null])
  }
}

// JSON.parse makes own properties of names that assignment would treat otherwise.
const odd: readonly unknown[] = JSON.parse('[{"__proto__":{"a":1},"constructor":null},{"length":0,"toString":"x"},{}]')

/** JSON with names in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
