import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import { fieldsFor } from '../Representation.ts'
import type { SupergraphTypes } from '../SupergraphTypes.ts'
import type { FlatLayout } from './FlatLayout.ts'
import type { FlatList } from './FlatPath.ts'
import { type FlatTree, isObject } from './FlatTree.ts'
import { copyBytes, isSamePiece, isText, writeByte, writeBytes } from './flatText.ts'

/** The distinct representations of one request. */
export type FlatRepresentations = {
  /** The JSON text of their list. */
  text: string
  count: number
  /** For each entity, on the tape: the index of its representation, -1 for none. */
  indexes: number
}

/** Gives the representations of the entities at these places, or undefined where one lacks what is required of its type. */
export type WriteFlatRepresentations = (tree: FlatTree, entities: FlatList) => FlatRepresentations | undefined

/** An object's own type; which one, its `__typename` says. */
type OwnType = {
  /** The name in quotes, as the tree has it. */
  name: Buffer
  fields: readonly RequiredField[]
  /** Where the fields of each key are: null in all of them names nothing. */
  keys: readonly (readonly number[])[]
}

type RequiredField = {
  /** What stands before the value. */
  prefix: Buffer
  offset: number
  object: ((tree: FlatTree, place: number) => boolean) | undefined
}

/** More types than this no plan meets. */
const maxTypes = 1_000

/** Compiles the `requires` of an entity fetch, as `compileRepresentations` does for trees of objects: the same text. */
export function compileFlatRepresentations(options: {
  requires: readonly QueryPlanSelectionNode[]
  subgraph: string
  types: SupergraphTypes
  layout: FlatLayout
}): WriteFlatRepresentations {
  const { requires, subgraph, types, layout } = options
  const typeOf = compileTypes(requires, types, layout, (typename, wanted) =>
    types
      .keysOf(typename, subgraph)
      .filter((key) => key.every((name) => wanted.has(name)))
      .map((key) => key.flatMap((name) => layout.slots.get(name)?.offset ?? [])),
  )
  return (tree, entities) => {
    const table = createTable(tree, entities.count)
    const textStart = tree.end
    writeByte(tree, openList)
    let count = 0
    for (let i = 0; i < entities.count; i++) {
      const place = tree.tape[entities.start + i] as number
      const type = typeOf(tree, place)
      if (!type) return undefined
      if (type.fields.length === 0) {
        tree.tape[table.indexes + i] = -1
        continue
      }
      if (isNameless(tree, place, type)) return undefined
      const comma = tree.end
      if (count > 0) writeByte(tree, commaByte)
      const start = tree.end
      if (!writeFields(tree, place, type.fields)) return undefined
      const known = table.find(start, tree.end, count)
      if (known >= 0) tree.end = comma
      else count++
      tree.tape[table.indexes + i] = known >= 0 ? known : count - 1
    }
    writeByte(tree, closeList)
    const text = tree.text(textStart, tree.end)
    tree.end = textStart
    return { text, count, indexes: table.indexes }
  }
}

/** Finds an object's own type by the name that the tree has, compiled when first met. */
function compileTypes(
  selections: readonly QueryPlanSelectionNode[],
  types: SupergraphTypes,
  layout: FlatLayout,
  keysOf: (typename: string, wanted: ReturnType<typeof fieldsFor>) => OwnType['keys'],
): (tree: FlatTree, place: number) => OwnType | undefined {
  const typenameAt = layout.slots.get('__typename')?.offset
  const known: OwnType[] = []
  return (tree, place) => {
    const { tape, bytes } = tree
    const start = typenameAt === undefined ? 0 : (tape[place + typenameAt] as number)
    const end = typenameAt === undefined ? 0 : (tape[place + typenameAt + 1] as number)
    if (start <= 0) return undefined
    for (const type of known) {
      if (isText(bytes, start, end, type.name)) return type
    }
    const typename: unknown = JSON.parse(tree.text(start, end))
    if (typeof typename !== 'string' || known.length >= maxTypes) return undefined
    const wanted = fieldsFor(selections, typename, types)
    const fields = compileFields(wanted, types, layout)
    const type = { name: Buffer.from(tree.text(start, end)), fields, keys: keysOf(typename, wanted) }
    known.push(type)
    return type
  }
}

function compileObject(
  selections: readonly QueryPlanSelectionNode[],
  types: SupergraphTypes,
  layout: FlatLayout,
): (tree: FlatTree, place: number) => boolean {
  if (selections.some(({ kind }) => kind === 'InlineFragment')) {
    const typeOf = compileTypes(selections, types, layout, () => [])
    return (tree, place) => {
      const { fields = [] } = typeOf(tree, place) ?? {}
      return fields.length > 0 && writeFields(tree, place, fields)
    }
  }
  // Without conditions no type is asked for.
  const fields = compileFields(fieldsFor(selections, '', types), types, layout)
  return (tree, place) => fields.length > 0 && writeFields(tree, place, fields)
}

function compileFields(
  wanted: ReturnType<typeof fieldsFor>,
  types: SupergraphTypes,
  layout: FlatLayout,
): readonly RequiredField[] {
  return [...wanted].map(([treeName, { name, selections }], index) => {
    const slot = layout.slots.get(treeName)
    const prefix = Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    return { prefix, offset: slot?.offset ?? -1, object: slot?.layout && compileObject(selections, types, slot.layout) }
  })
}

function isNameless({ tape }: FlatTree, place: number, { keys }: OwnType): boolean {
  return keys.every((key) => key.every((offset) => tape[place + offset] === -1))
}

/** Writes an object; false when something required is missing. */
function writeFields(tree: FlatTree, place: number, fields: readonly RequiredField[]): boolean {
  for (const { prefix, offset, object } of fields) {
    if (offset < 0) return false
    writeBytes(tree, prefix)
    const first = tree.tape[place + offset] as number
    const second = tree.tape[place + offset + 1] as number
    if (first === 0) return false
    if (first < 0) writeBytes(tree, nullText)
    else if (!object) copyBytes(tree, first, second)
    else if (!writeComposite(tree, first, second, object)) return false
  }
  writeByte(tree, closeObject)
  return true
}

function writeComposite(
  tree: FlatTree,
  first: number,
  second: number,
  object: NonNullable<RequiredField['object']>,
): boolean {
  if (second === isObject) return object(tree, first)
  writeByte(tree, openList)
  for (let i = 0; i < second; i++) {
    if (i > 0) writeByte(tree, commaByte)
    const at = first + 2 * i
    const item = tree.tape[at] as number
    if (item === 0) return false
    if (item < 0) writeBytes(tree, nullText)
    else if (!writeComposite(tree, item, tree.tape[at + 1] as number, object)) return false
  }
  writeByte(tree, closeList)
  return true
}

/** A hash table of pieces of the bytes, on the tape. */
function createTable(tree: FlatTree, count: number) {
  let size = 8
  while (size < 2 * count) size *= 2
  const indexes = tree.allocate(count)
  // For each representation where it begins and ends.
  const ranges = tree.allocate(2 * count)
  const table = tree.allocate(size)
  return {
    indexes,
    /** The index of an equal piece that is known; -1, and this one is known as `next`. */
    find(start: number, end: number, next: number): number {
      const { tape, bytes } = tree
      let hash = 0x811c9dc5
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
      for (let slot = (hash >>> 7) & (size - 1); ; slot = (slot + 1) & (size - 1)) {
        const entry = tape[table + slot] as number
        if (entry === 0) {
          tape[table + slot] = next + 1
          tape[ranges + 2 * next] = start
          tape[ranges + 2 * next + 1] = end
          return -1
        }
        const knownStart = tape[ranges + 2 * (entry - 1)] as number
        const knownEnd = tape[ranges + 2 * (entry - 1) + 1] as number
        if (isSamePiece(bytes, { start: knownStart, end: knownEnd }, { start, end })) return entry - 1
      }
    },
  }
}

const openList = 0x5b
const closeList = 0x5d
const closeObject = 0x7d
const commaByte = 0x2c
const nullText = Buffer.from('null')
