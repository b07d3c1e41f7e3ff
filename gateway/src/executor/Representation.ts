import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner'
import { applyInputRewrites } from './applyInputRewrites.ts'
import { failed } from './failed.ts'
import { isDeeperThan, maxJsonDepth } from './jsonDepth.ts'
import { type Fields, isFields, type ReadField, readField } from './ownField.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

/** Writes the representation of an entity, as JSON text, or undefined when what it takes is not there. */
export type WriteRepresentation = (entity: Fields) => string | undefined

/**
 * Compiles the `requires` selection of an entity fetch. An entity has no representation when a required field is missing, or
 * when it has none of the subgraph's keys: a key all of whose fields are null names nothing.
 */
export function compileRepresentation(options: {
  requires: readonly QueryPlanSelectionNode[]
  rewrites: readonly FetchDataRewrite[]
  subgraph: string
  types: SupergraphTypes
}): WriteRepresentation {
  const { requires, rewrites, subgraph, types } = options
  const write = compileObject(requires, types)
  const keysByType = new Map<string, readonly (readonly ReadField[])[]>()
  return (entity) => {
    const typename = entity.__typename
    if (typeof typename !== 'string') return undefined
    let keys = keysByType.get(typename)
    if (!keys) {
      const wanted = fieldsFor(requires, typename, types)
      keys = types
        .keysOf(typename, subgraph)
        .filter((key) => key.every((name) => wanted.has(name)))
        .map((key) => key.map(readField))
      keysByType.set(typename, keys)
    }
    if (keys.length > 0 && keys.every((key) => key.every((read) => read(entity) === null))) return undefined
    const text = write(entity)
    if (text === undefined || rewrites.length === 0) return text
    return JSON.stringify(applyInputRewrites(JSON.parse(text), rewrites, types))
  }
}

/** Whether a field that the representation takes is missing because of an error that is already reported. */
export function requiresFailed(entity: Fields, requires: readonly QueryPlanSelectionNode[]): boolean {
  return requires.some((node) => {
    if (node.kind === 'InlineFragment') return requiresFailed(entity, node.selections)
    const value = readField(node.alias ?? node.name)(entity)
    if (value === failed) return true
    const { selections } = node
    if (!selections) return false
    const objects = [value].flat(Number.POSITIVE_INFINITY).filter(isFields)
    return objects.some((object) => requiresFailed(object, selections))
  })
}

type WriteValue = (value: unknown) => string | undefined
type RequiredField = { prefix: string; read: ReadField; write: WriteValue }

function compileObject(selections: readonly QueryPlanSelectionNode[], types: SupergraphTypes): WriteRepresentation {
  const byType = new Map<string, readonly RequiredField[]>()
  return (source) => {
    const typename = typeof source.__typename === 'string' ? source.__typename : ''
    let fields = byType.get(typename)
    if (!fields) {
      fields = [...fieldsFor(selections, typename, types)].map(([treeName, { name, selections: children }]) => ({
        prefix: `${JSON.stringify(name)}:`,
        read: readField(treeName),
        write: children.length > 0 ? compileComposite(children, types) : writeLeaf,
      }))
      // The number of types is bounded by the supergraph's: unknown names come from a subgraph that misbehaves.
      if (byType.size < 1_000) byType.set(typename, fields)
    }
    let text = ''
    for (const { prefix, read, write } of fields) {
      const value = write(read(source))
      if (value === undefined) return undefined
      text += text === '' ? prefix + value : `,${prefix}${value}`
    }
    return text === '' ? undefined : `{${text}}`
  }
}

function compileComposite(selections: readonly QueryPlanSelectionNode[], types: SupergraphTypes): WriteValue {
  const writeObject = compileObject(selections, types)
  const write: WriteValue = (value) => {
    if (value === null) return 'null'
    if (isFields(value)) return writeObject(value)
    if (!Array.isArray(value)) return undefined
    const items: string[] = []
    for (const item of value) {
      const text = write(item)
      if (text === undefined) return undefined
      items.push(text)
    }
    return `[${items.join(',')}]`
  }
  return write
}

/** Undefined for what is missing, as `JSON.stringify` has it, and for what is nested too deeply to be written. */
function writeLeaf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object' && isDeeperThan(value, maxJsonDepth)) return undefined
  return JSON.stringify(value)
}

/** What a representation has under `name`; the tree may have it under an alias. */
type RequiredSelection = { name: string; selections: readonly QueryPlanSelectionNode[] }

/** The fields that apply to an object of the type, by their names in the tree, each with the selections below it. */
function fieldsFor(
  selections: readonly QueryPlanSelectionNode[],
  typename: string,
  types: SupergraphTypes,
  found = new Map<string, RequiredSelection>(),
): ReadonlyMap<string, RequiredSelection> {
  for (const node of selections) {
    if (node.kind === 'InlineFragment') {
      if (node.typeCondition === undefined || types.satisfies(typename, node.typeCondition)) {
        fieldsFor(node.selections, typename, types, found)
      }
    } else {
      const treeName = node.alias ?? node.name
      const known = found.get(treeName)?.selections ?? []
      found.set(treeName, { name: node.name, selections: [...known, ...(node.selections ?? [])] })
    }
  }
  return found
}
