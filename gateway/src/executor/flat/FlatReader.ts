import { isAscii, isUtf8 } from 'node:buffer'
import type { FlatField, FlatShape } from './FlatShape.ts'
import { type FlatTree, isObject } from './FlatTree.ts'
import { isSamePiece } from './flatText.ts'
import { isSpace, isWord, notJson, nullWord, otherSpelling, skipLeaf } from './skipLeaf.ts'

/** The objects into which an answer's entities are merged. */
export type FlatTargets = { count: number; placeOf(index: number): number }

const comma = 0x2c
const openObject = 0x7b
const closeObject = 0x7d
const openList = 0x5b
const closeList = 0x5d
const letterN = 0x6e

/** Lists may be nested so deep. */
const maxListDepth = 16

/**
 * Reads subgraphs' answers into a flat tree, guided by the shapes of what was asked, with the rules of `mergeAnswer`. It takes only answers with nothing
 * special about them, `{"data":{...}}`: what has errors, contradicts what is there or is no JSON gives false, with the tree half changed.
 *
 * What it notes down is spelt as `JSON.stringify` spells it: an answer in another spelling is written anew and read once more.
 */
export class FlatReader {
  readonly #tree: FlatTree
  #bytes: Buffer
  #at = 0
  #isRespelt = false
  #isSpeltOtherwise = false
  /** The pair of the value that was read last. */
  #first = 0
  #second = 0
  /** Where the stack of the tree ends: the pairs of the items of lists that are not complete. */
  #stackEnd = 0

  constructor(tree: FlatTree) {
    this.#tree = tree
    this.#bytes = tree.bytes
  }

  /** Reads `data` into the root. */
  readRoot(answer: Uint8Array, shape: FlatShape): boolean {
    this.#tree.root ||= this.#tree.createObject(shape.layout)
    return this.#read(answer, shape, undefined)
  }

  /** Reads the items of `data._entities` into the targets. */
  readEntities(answer: Uint8Array, shape: FlatShape, targets: FlatTargets): boolean {
    return this.#read(answer, shape, targets)
  }

  #read(answer: Uint8Array, shape: FlatShape, targets: FlatTargets | undefined): boolean {
    if (!isAscii(answer)) {
      if (!isUtf8(answer)) return false
      this.#tree.isAscii = false
    }
    this.#isRespelt = false
    if (this.#readOnce(answer, shape, targets)) return true
    const respelt = this.#isSpeltOtherwise && respell(answer)
    if (!respelt) return false
    // What was noted down already is noted down once more, over itself.
    this.#isRespelt = true
    return this.#readOnce(respelt, shape, targets)
  }

  #readOnce(answer: Uint8Array, shape: FlatShape, targets: FlatTargets | undefined): boolean {
    this.#isSpeltOtherwise = false
    this.#stackEnd = 0
    this.#at = this.#tree.append(answer)
    this.#bytes = this.#tree.bytes
    if (!this.#takeWord(dataStart)) return false
    const isRead = targets ? this.#entities(shape, targets) : this.#object(this.#tree.root, shape, 0)
    return isRead && this.#takeEnd()
  }

  #entities(shape: FlatShape, targets: FlatTargets): boolean {
    if (!this.#takeWord(entitiesStart)) return false
    for (let i = 0; i < targets.count; i++) {
      if (i > 0 && !this.#takeByte(comma)) return false
      if (this.#bytes[this.#at] === letterN) {
        if (!this.#takeWord(nullWord)) return false
      } else if (!this.#object(targets.placeOf(i), shape, 0)) {
        return false
      }
    }
    return this.#takeByte(closeList) && this.#takeByte(closeObject)
  }

  /** Behind `data`: nothing, or `extensions`, which nobody reads. */
  #takeEnd(): boolean {
    const end = this.#tree.end
    if (this.#bytes[this.#at] === comma) {
      if (!this.#takeWord(extensionsStart)) return false
      const after = skipLeaf(this.#bytes, this.#at, this.#isRespelt)
      if (after <= notJson || after > end) return this.#refuse(after)
      this.#at = after
    }
    if (!this.#takeByte(closeObject)) return false
    while (this.#at < end) if (!isSpace(this.#bytes[this.#at++])) return false
    return this.#at === end
  }

  /** An object, into the one at `place`. */
  #object(place: number, shape: FlatShape, listDepth: number): boolean {
    if (!this.#takeByte(openObject)) return false
    if (this.#bytes[this.#at] === closeObject) {
      this.#at++
      return true
    }
    const { fields } = shape
    let seen = 0
    // Subgraphs answer in the order in which they were asked, so the next field is nearly always the one behind the last.
    let expected = 0
    for (;;) {
      const index = this.#takeKey(fields, expected)
      if (index < 0) return this.#refuse(otherSpelling)
      if ((seen & (1 << index)) !== 0) return false
      seen |= 1 << index
      expected = index + 1
      // The index is one of the list.
      const field = fields[index] as FlatField
      const isTaken = field.shape
        ? this.#field(place + field.offset, field.shape, listDepth)
        : this.#leaf(place + field.offset, field.isIdentity)
      if (!isTaken) return false
      const next = this.#bytes[this.#at]
      if (next === comma) {
        this.#at++
      } else if (next === closeObject) {
        this.#at++
        return true
      } else {
        return this.#refuse(isSpace(next) ? otherSpelling : notJson)
      }
    }
  }

  #leaf(at: number, isIdentity: boolean): boolean {
    const start = this.#at
    const end = skipLeaf(this.#bytes, start, this.#isRespelt)
    if (end <= notJson || end > this.#tree.end) return this.#refuse(end)
    this.#at = end
    const { tape } = this.#tree
    const known = tape[at] as number
    if (this.#bytes[start] === letterN) {
      // A subgraph that has nothing to say does not undo what another said.
      if (known > 0) return true
      tape[at] = -1
      tape[at + 1] = -1
      return true
    }
    if (isIdentity && known > 0) {
      return isSamePiece(this.#bytes, { start: known, end: tape[at + 1] as number }, { start, end })
    }
    tape[at] = start
    tape[at + 1] = end
    return true
  }

  #field(at: number, shape: FlatShape, listDepth: number): boolean {
    const { tape } = this.#tree
    if (!this.#composite(tape[at] as number, tape[at + 1] as number, shape, listDepth)) return false
    // The tape may have grown.
    const now = this.#tree.tape
    now[at] = this.#first
    now[at + 1] = this.#second
    return true
  }

  /** A value with fields, which is merged with the one of the given pair. */
  #composite(first: number, second: number, shape: FlatShape, listDepth: number): boolean {
    switch (this.#bytes[this.#at]) {
      case openObject: {
        if (first > 0 && second !== isObject) return false
        const place = first > 0 ? first : this.#tree.createObject(shape.layout)
        if (!this.#object(place, shape, listDepth)) return false
        this.#first = place
        this.#second = isObject
        return true
      }
      case openList:
        if (listDepth >= maxListDepth || (first > 0 && second === isObject)) return false
        return first > 0 ? this.#mergeList(first, second, shape, listDepth + 1) : this.#list(shape, listDepth + 1)
      case letterN:
        if (!this.#takeWord(nullWord)) return false
        this.#first = first === 0 ? -1 : first
        this.#second = first === 0 ? -1 : second
        return true
      default:
        return this.#refuse(isSpace(this.#bytes[this.#at]) ? otherSpelling : notJson)
    }
  }

  #list(shape: FlatShape, listDepth: number): boolean {
    const stackStart = this.#stackEnd
    this.#at++
    if (this.#bytes[this.#at] === closeList) {
      this.#at++
    } else {
      for (let isOpen = true; isOpen; ) {
        if (!this.#composite(0, 0, shape, listDepth)) return false
        this.#push(this.#first, this.#second)
        const next = this.#bytes[this.#at]
        if (next !== comma && next !== closeList) return this.#refuse(isSpace(next) ? otherSpelling : notJson)
        this.#at++
        isOpen = next === comma
      }
    }
    const length = this.#stackEnd - stackStart
    const place = this.#tree.allocate(length)
    const { tape, stack } = this.#tree
    for (let i = 0; i < length; i++) tape[place + i] = stack[stackStart + i] as number
    this.#stackEnd = stackStart
    this.#first = place
    this.#second = length / 2
    return true
  }

  /** A list that is about the same objects as one that is there: item by item. */
  #mergeList(place: number, length: number, shape: FlatShape, listDepth: number): boolean {
    this.#at++
    for (let i = 0; i < length; i++) {
      if (i > 0 && !this.#takeByte(comma)) return false
      const at = place + 2 * i
      const { tape } = this.#tree
      if (!this.#composite(tape[at] as number, tape[at + 1] as number, shape, listDepth)) return false
      const now = this.#tree.tape
      now[at] = this.#first
      now[at + 1] = this.#second
    }
    if (!this.#takeByte(closeList)) return false
    this.#first = place
    this.#second = length
    return true
  }

  #push(first: number, second: number): void {
    const tree = this.#tree
    if (this.#stackEnd + 2 > tree.stack.length) {
      const grown = new Int32Array(2 * tree.stack.length)
      grown.set(tree.stack)
      tree.stack = grown
    }
    tree.stack[this.#stackEnd++] = first
    tree.stack[this.#stackEnd++] = second
  }

  /** The index of the field whose key stands here, or -1. */
  #takeKey(fields: readonly FlatField[], expected: number): number {
    for (let i = 0; i < fields.length; i++) {
      const index = (expected + i) % fields.length
      // The index is one of the list.
      const { key } = fields[index] as FlatField
      if (isWord(this.#bytes, this.#at, key)) {
        this.#at += key.length
        return index
      }
    }
    return -1
  }

  #takeWord(word: Uint8Array): boolean {
    for (let i = 0; i < word.length; i++) if (!this.#takeByte(word[i] as number)) return false
    return true
  }

  #takeByte(byte: number): boolean {
    const found = this.#bytes[this.#at]
    if (found !== byte) return this.#refuse(isSpace(found) ? otherSpelling : notJson)
    this.#at++
    return true
  }

  #refuse(why: number): false {
    if (why === otherSpelling) this.#isSpeltOtherwise = true
    return false
  }
}

const dataStart = Buffer.from('{"data":')
const entitiesStart = Buffer.from('{"_entities":[')
const extensionsStart = Buffer.from(',"extensions":')

/** The JSON as `JSON.stringify` writes it; undefined for what is none, and for numbers that it has no way to write. */
function respell(answer: Uint8Array): Buffer | undefined {
  const text = Buffer.from(answer.buffer, answer.byteOffset, answer.length).toString()
  try {
    const value: unknown = JSON.parse(text)
    return Buffer.from(mayOverflow.test(text) ? JSON.stringify(value, refuseInfinity) : JSON.stringify(value))
  } catch {
    return undefined
  }
}

/** Numbers beyond 1.8e308 are read as infinite, and would be written as null. */
const mayOverflow = /\d[eE]|\d{300}/

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) throw new RangeError('too large')
  return value
}
