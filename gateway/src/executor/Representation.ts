import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner'
import { applyInputRewrites } from './applyInputRewrites.ts'
import { failed } from './failed.ts'
import { isDeeperThan, maxJsonDepth } from './jsonDepth.ts'
import { type Fields, isFields, type ReadField, readField } from './ownField.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'
import { writeString } from './writeString.ts'

/** The distinct representations of one request, in the order they were added. */
export type RepresentationList = {
  readonly count: number
  /** The JSON text of the list. */
  text(): string
  /**
   * Gives the index of the entity's representation, or undefined when it has none: a required field is missing, or all fields of all of
   * the subgraph's keys are null, which names nothing.
   */
  add(entity: Fields): number | undefined
}

export type Representations = {
  beginList(): RepresentationList
  /** The names of the required fields that are missing, wholly or in part, from an entity. */
  missingFrom(entity: Fields): readonly string[]
}

/** Compiles the `requires` selection of an entity fetch. */
export function compileRepresentations(options: {
  requires: readonly QueryPlanSelectionNode[]
  rewrites: readonly FetchDataRewrite[]
  subgraph: string
  types: SupergraphTypes
}): Representations {
  const { requires, rewrites, subgraph, types } = options
  const writers = new Map<string, TypeWriter>()
  const compiled = compileObject(requires, types)
  return {
    beginList: () => new List(writerOf),
    missingFrom: (entity) =>
      compiled.fieldsOf(entity).flatMap(({ name, read, write }) => (write(read(entity)) === undefined ? [name] : [])),
  }

  function writerOf(typename: string): TypeWriter {
    const known = writers.get(typename)
    if (known) return known
    const wanted = fieldsFor(requires, typename, types)
    const keys = types
      .keysOf(standInFor(typename, rewrites, types), subgraph)
      .filter((key) => key.every((name) => wanted.has(name)))
      .map((key) => key.map(readField))
    const writer: TypeWriter = {
      // Where a plan takes keys for some types only, an object of another has none, whatever else it has.
      isNameless: (entity) => keys.every((key) => key.every((read) => read(entity) === null)),
      write(entity) {
        const text = compiled.write(entity)
        if (text === undefined || rewrites.length === 0) return text
        return JSON.stringify(applyInputRewrites(JSON.parse(text), rewrites, types))
      },
      single: rewrites.length === 0 && keys.length > 0 ? singleKey(typename, wanted) : undefined,
    }
    // Unknown names come from a subgraph that misbehaves: the number of types is bounded by the supergraph's.
    if (writers.size < maxTypes) writers.set(typename, writer)
    return writer
  }
}

/** The type as which the subgraph gets an object of this type: another where an `@interfaceObject` stands for it. */
function standInFor(typename: string, rewrites: readonly FetchDataRewrite[], types: SupergraphTypes): string {
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'ValueSetter') continue
    const [condition = '', name, ...deeper] = rewrite.path
    if (name !== '__typename' || deeper.length > 0 || !condition.startsWith(fragmentPrefix)) continue
    if (types.satisfies(typename, condition.slice(fragmentPrefix.length))) return String(rewrite.setValueTo)
  }
  return typename
}

const fragmentPrefix = '... on '

/** More types than this no representation is remembered for. */
const maxTypes = 1_000

type TypeWriter = {
  /** Whether all fields of all keys are null. */
  isNameless(entity: Fields): boolean
  write: WriteObject
  /** Present where the type's name and one leaf are all: then the leaf tells representations apart, without writing them. */
  single: SingleKey | undefined
}

type SingleKey = { read: ReadField; prefix: string }

function singleKey(typename: string, wanted: ReadonlyMap<string, RequiredSelection>): SingleKey | undefined {
  const [first, second, third] = wanted
  if (!first || !second || third || first[0] !== '__typename' || second[1].selections.length > 0) return undefined
  const prefix = `{"__typename":${JSON.stringify(typename)},${JSON.stringify(second[1].name)}:`
  return { read: readField(second[0]), prefix }
}

class List implements RepresentationList {
  count = 0
  #text = ''
  readonly #writerOf: (typename: string) => TypeWriter
  readonly #byText = new Map<string, number>()
  /** By type and value of the key, where one leaf is the key. */
  readonly #byKey = new Map<string, { writer: TypeWriter; indexes: Map<unknown, number> }>()
  /** Most lists are of one type. */
  #lastName = ''
  #last: { writer: TypeWriter; indexes: Map<unknown, number> } | undefined

  constructor(writerOf: (typename: string) => TypeWriter) {
    this.#writerOf = writerOf
  }

  text(): string {
    return `[${this.#text}]`
  }

  add(entity: Fields): number | undefined {
    const typename = entity.__typename
    if (typeof typename !== 'string') return undefined
    if (typename !== this.#lastName || !this.#last) {
      this.#last = this.#ofType(typename)
      this.#lastName = typename
    }
    const { writer, indexes } = this.#last
    const value = writer.single?.read(entity)
    if (writer.single && (typeof value === 'string' || typeof value === 'number')) {
      const known = indexes.get(value)
      if (known !== undefined) return known
      indexes.set(value, this.count)
      return this.#append(`${writer.single.prefix}${writeLeaf(value)}}`)
    }
    if (writer.isNameless(entity)) return undefined
    const text = writer.write(entity)
    if (text === undefined) return undefined
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    this.#byText.set(text, this.count)
    return this.#append(text)
  }

  #ofType(typename: string) {
    const known = this.#byKey.get(typename)
    if (known) return known
    const fresh = { writer: this.#writerOf(typename), indexes: new Map<unknown, number>() }
    this.#byKey.set(typename, fresh)
    return fresh
  }

  #append(text: string): number {
    this.#text += this.count === 0 ? text : `,${text}`
    return this.count++
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
type RequiredField = { name: string; prefix: string; read: ReadField; write: WriteValue }

/** Undefined when something required is missing. */
type WriteObject = (source: Fields) => string | undefined

function compileObject(
  selections: readonly QueryPlanSelectionNode[],
  types: SupergraphTypes,
): { write: WriteObject; fieldsOf(source: Fields): readonly RequiredField[] } {
  const byType = new Map<string, readonly RequiredField[]>()
  return { write: writeObject, fieldsOf }

  function fieldsOf(source: Fields): readonly RequiredField[] {
    const typename = typeof source.__typename === 'string' ? source.__typename : ''
    let fields = byType.get(typename)
    if (!fields) {
      fields = [...fieldsFor(selections, typename, types)].map(([treeName, { name, selections: children }]) => ({
        name,
        prefix: `${JSON.stringify(name)}:`,
        read: readField(treeName),
        write: children.length > 0 ? compileComposite(children, types) : writeLeaf,
      }))
      if (byType.size < maxTypes) byType.set(typename, fields)
    }
    return fields
  }

  function writeObject(source: Fields): string | undefined {
    let text = ''
    for (const { prefix, read, write } of fieldsOf(source)) {
      const value = write(read(source))
      if (value === undefined) return undefined
      text += text === '' ? prefix + value : `,${prefix}${value}`
    }
    return text === '' ? undefined : `{${text}}`
  }
}

function compileComposite(selections: readonly QueryPlanSelectionNode[], types: SupergraphTypes): WriteValue {
  const { write: writeObject } = compileObject(selections, types)
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
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object' && isDeeperThan(value, maxJsonDepth)) return undefined
  return JSON.stringify(value)
}

/** What a representation has under `name`; the tree may have it under an alias. */
export type RequiredSelection = { name: string; selections: readonly QueryPlanSelectionNode[] }

/** The fields that apply to an object of the type, by their names in the tree, each with the selections below it. */
export function fieldsFor(
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
