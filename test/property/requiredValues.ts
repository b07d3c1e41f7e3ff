import { type FieldNode, getArgumentValues, isObjectType, Kind, type SelectionSetNode } from 'graphql'
import type { SubgraphGraph } from './SubgraphGraph.ts'
import { isThing, type Thing } from './Thing.ts'

type Values = Readonly<Record<string, unknown>>

/** What a `@requires` takes, read off the data. */
export function evaluateRequires(
  graph: Pick<SubgraphGraph, 'concreteTypes' | 'fullSchema'>,
  from: {
    thing: Thing
    selectionSet: SelectionSetNode
    read: (thing: Thing, field: string, args: Readonly<Record<string, unknown>>) => unknown
  },
): Values {
  const { thing, read } = from
  return walk(from.selectionSet, {
    applies: (condition) => graph.concreteTypes(condition).includes(thing.typename),
    value: (node) => {
      const { selectionSet } = node
      const value = read(thing, node.name.value, argumentsOf(graph, thing.typename, node))
      return selectionSet
        ? mapItems(value, (item) =>
            isThing(item) ? evaluateRequires(graph, { thing: item, selectionSet, read }) : null,
          )
        : value
    },
  })
}

/** What a `@requires` takes, read off a representation. Throws when something is missing. */
export function readRequires(
  graph: Pick<SubgraphGraph, 'concreteTypes'>,
  { given, selectionSet }: { given: Values | undefined; selectionSet: SelectionSetNode },
): Values {
  return walk(selectionSet, {
    applies: (condition) => {
      const { __typename } = given ?? {}
      if (typeof __typename !== 'string') throw new Error('Expected a type name with what is required')
      return graph.concreteTypes(condition).includes(__typename)
    },
    value: ({ name: { value: field }, selectionSet: children }) => {
      const value = given && Object.hasOwn(given, field) ? given[field] : undefined
      if (value === undefined) throw new Error(`Expected ${field} to be given as required`)
      if (!children) return value
      return mapItems(value, (item) =>
        // An item of a list or object of JSON that is an object is one of JSON.
        typeof item === 'object' && item !== null
          ? readRequires(graph, { given: item as Values, selectionSet: children })
          : null,
      )
    },
  })
}

function walk(
  { selections }: SelectionSetNode,
  source: { applies(condition: string): boolean; value(node: FieldNode): unknown },
): Values {
  const values: Record<string, unknown> = {}
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        values[selection.name.value] = source.value(selection)
        break
      case Kind.INLINE_FRAGMENT:
        if (source.applies(selection.typeCondition?.name.value ?? ''))
          Object.assign(values, walk(selection.selectionSet, source))
        break
      case Kind.FRAGMENT_SPREAD:
        throw new Error('Expected no named fragment in @requires')
      default:
        selection satisfies never
    }
  }
  return values
}

function argumentsOf(
  { fullSchema }: Pick<SubgraphGraph, 'fullSchema'>,
  typename: string,
  node: FieldNode,
): Readonly<Record<string, unknown>> {
  const type = fullSchema.getType(typename)
  const definition = isObjectType(type) ? type.getFields()[node.name.value] : undefined
  return definition ? getArgumentValues(definition, node) : {}
}

function mapItems(value: unknown, map: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map((item) => mapItems(item, map)) : map(value)
}
