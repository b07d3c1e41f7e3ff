import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, type SelectionScope } from '../collectFields.ts'
import { compileLeaf } from '../compileLeaf.ts'
import { compileFlatLeaf, type WriteFlatLeaf } from './compileFlatLeaf.ts'
import { type FlatLayout, NotFlat } from './FlatLayout.ts'
import { type FlatTree, isObject } from './FlatTree.ts'
import { copyBytes, isText, writeByte, writeBytes, writeText } from './flatText.ts'

/**
 * Writes the client's `data` behind the end of the bytes, the text that `Projector` writes: false, with something half written, where a value is missing or is not
 * of its type.
 */
export type FlatProjector = (tree: FlatTree) => boolean

/** Compiles the {@link FlatProjector} for one setting of the variables in `@skip` and `@include`. Gives undefined where introspection is selected. */
export function compileFlatProjector(
  scope: SelectionScope,
  options: { rootType: GraphQLObjectType; selectionSet: SelectionSetNode; layout: FlatLayout },
): FlatProjector | undefined {
  try {
    const writeRoot = compileObject(scope, options.rootType, {
      selectionSets: [options.selectionSet],
      layout: options.layout,
      isRoot: true,
    })
    return (tree) => writeRoot(tree, tree.root)
  } catch (error) {
    if (error instanceof NotFlat) return undefined
    throw error
  }
}

type WriteObject = (tree: FlatTree, place: number) => boolean
/** Writes what is neither null nor missing. */
type WriteValue = (tree: FlatTree, first: number, second: number) => boolean

type FlatProjectedField = {
  /** What stands before the value; all of it where it is always the same. */
  prefix: Buffer
  isConstant: boolean
  /** -1 where no fetch brings the field. */
  offset: number
  /** Whether it must be there, and must not be null. */
  isRequired: boolean
  isNonNull: boolean
  write: WriteValue
}

type ObjectOptions = { selectionSets: readonly SelectionSetNode[]; layout: FlatLayout; isRoot: boolean }

function compileObject(scope: SelectionScope, type: GraphQLObjectType, options: ObjectOptions): WriteObject {
  const fields = [...collectFields(scope, type, options.selectionSets)].map(([name, nodes], index) =>
    compileField(scope, type, { name, nodes, isFirst: index === 0, ...options }),
  )
  if (fields.length === 0) throw new NotFlat('nothing is left of a selection')
  return (tree, place) => {
    for (const field of fields) {
      writeBytes(tree, field.prefix)
      if (field.isConstant) continue
      const { offset } = field
      const first = offset < 0 ? 0 : (tree.tape[place + offset] as number)
      if (first > 0) {
        if (!field.write(tree, first, tree.tape[place + offset + 1] as number)) return false
      } else if (field.isNonNull || (first === 0 && field.isRequired)) {
        return false
      } else {
        writeBytes(tree, nullText)
      }
    }
    writeByte(tree, closeObject)
    return true
  }
}

function compileField(
  scope: SelectionScope,
  type: GraphQLObjectType,
  options: ObjectOptions & { name: string; nodes: readonly FieldNode[]; isFirst: boolean },
): FlatProjectedField {
  const { name, nodes, isFirst, layout, isRoot } = options
  const [node] = nodes
  const fieldName = node?.name.value ?? name
  const start = `${isFirst ? '{' : ','}"${name}":`
  if (fieldName === '__typename') {
    const prefix = Buffer.from(`${start}"${type.name}"`)
    return { prefix, isConstant: true, offset: -1, isRequired: false, isNonNull: false, write: nothing }
  }
  const definition = type.getFields()[fieldName]
  if (!node || !definition) throw new NotFlat('introspection')
  const slot = layout.slots.get(scope.treeName(node))
  const selectionSets = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
  const named = getNamedType(definition.type)
  return {
    prefix: Buffer.from(start),
    isConstant: false,
    offset: slot?.offset ?? -1,
    // The planner leaves out what it finds no way to: nobody may take that for a null of the graph.
    isRequired: isRoot || (isAbstractType(named) && scope.schema.getPossibleTypes(named).length === 0),
    isNonNull: isNonNullType(definition.type),
    write: slot ? compileValue(scope, definition.type, { selectionSets, layout: slot.layout }) : nothing,
  }
}

const nothing: WriteValue = () => true

type Below = { selectionSets: readonly SelectionSetNode[]; layout: FlatLayout | undefined }

function compileValue(scope: SelectionScope, type: GraphQLOutputType, below: Below): WriteValue {
  const nullable = isNonNullType(type) ? type.ofType : type
  const named = getNamedType(type)
  if (isLeafType(named)) {
    if (below.layout) throw new NotFlat('a leaf with fields')
    return isLeafType(nullable) ? writeLeaf(compileFlatLeaf(nullable)) : compileLeafList(nullable)
  }
  const { layout } = below
  if (!layout) throw new NotFlat('an object without fields')
  if (isListType(nullable)) {
    const isNonNullItem = isNonNullType(nullable.ofType)
    const writeItem = compileValue(scope, nullable.ofType, below)
    return (tree, first, second) => {
      if (second === isObject) return false
      writeByte(tree, openList)
      for (let i = 0; i < second; i++) {
        if (i > 0) writeByte(tree, comma)
        const at = first + 2 * i
        const item = tree.tape[at] as number
        if (item > 0) {
          if (!writeItem(tree, item, tree.tape[at + 1] as number)) return false
        } else if (isNonNullItem) {
          return false
        } else {
          writeBytes(tree, nullText)
        }
      }
      writeByte(tree, closeList)
      return true
    }
  }
  const writeComposite = compileComposite(scope, named, { ...below, layout })
  return (tree, first, second) => second === isObject && writeComposite(tree, first)
}

function compileComposite(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  { selectionSets, layout }: { selectionSets: readonly SelectionSetNode[]; layout: FlatLayout },
): WriteObject {
  if (isObjectType(type)) return compileObject(scope, type, { selectionSets, layout, isRoot: false })
  const typenameAt = layout.slots.get('__typename')?.offset
  if (typenameAt === undefined) throw new NotFlat('an object of no known type')
  const known: { name: Buffer; write: WriteObject }[] = []
  return (tree, place) => {
    const start = tree.tape[place + typenameAt] as number
    const end = tree.tape[place + typenameAt + 1] as number
    if (start <= 0) return false
    for (const { name, write } of known) {
      if (isText(tree.bytes, start, end, name)) return write(tree, place)
    }
    const write = compileOwn(tree.text(start, end))
    if (!write) return false
    // As many as the type has object types.
    known.push({ name: Buffer.from(tree.text(start, end)), write })
    return write(tree, place)
  }

  function compileOwn(name: string): WriteObject | undefined {
    const own = scope.schema.getType(name.slice(1, -1))
    if (!isObjectType(own) || !isCompositeType(own) || !isAbstractType(type) || !scope.schema.isSubType(type, own)) {
      return undefined
    }
    try {
      return compileObject(scope, own, { selectionSets, layout, isRoot: false })
    } catch (error) {
      if (error instanceof NotFlat) return undefined
      throw error
    }
  }
}

function writeLeaf(write: WriteFlatLeaf): WriteValue {
  return (tree, first, second) => {
    switch (write(tree.bytes, first, second)) {
      case 'copy':
        copyBytes(tree, first, second)
        return true
      case 'quote':
        writeByte(tree, quote)
        copyBytes(tree, first, second)
        writeByte(tree, quote)
        return true
      default:
        return false
    }
  }
}

/** Lists of leaves are read whole: few are long. */
function compileLeafList(type: GraphQLOutputType): WriteValue {
  const write = compileItems(type)
  return (tree, first, second) => {
    const text = write(JSON.parse(tree.text(first, second)))
    if (text === undefined) return false
    writeText(tree, text)
    return true
  }
}

function compileItems(type: GraphQLOutputType): (value: unknown) => string | undefined {
  const nullable = isNonNullType(type) ? type.ofType : type
  const isNonNull = nullable !== type
  // The named type is a leaf.
  const write = isListType(nullable) ? undefined : compileLeaf(nullable as GraphQLLeafType)
  const writeItem = isListType(nullable) ? compileItems(nullable.ofType) : undefined
  return (value) => {
    if (value === null || value === undefined) return isNonNull ? undefined : 'null'
    if (write) return write(value)
    if (!Array.isArray(value)) return undefined
    const items: string[] = []
    for (const item of value) {
      const text = writeItem?.(item)
      if (text === undefined) return undefined
      items.push(text)
    }
    return `[${items.join(',')}]`
  }
}

const quote = 0x22
const comma = 0x2c
const openList = 0x5b
const closeList = 0x5d
const closeObject = 0x7d
const nullText = Buffer.from('null')
