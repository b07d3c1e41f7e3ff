import type { FlatLayout } from './FlatLayout.ts'

/**
 * The tree of one operation's answers without an object in it: the answers' bytes as they came, and a tape of numbers that says where in
 * them each value is. Nothing of it is seen by the garbage collector, and the next operation uses the same memory.
 *
 * Every value is a pair of numbers: a leaf is where its JSON text begins and ends in `bytes`; an object is the place of its first pair on
 * the tape and {@link isObject}; a list is the place of its first item's pair and its length; null is -1 twice; what is missing is 0 twice.
 */
export class FlatTree {
  bytes: Buffer = Buffer.allocUnsafeSlow(firstBytes)
  end = 1
  tape = new Int32Array(firstInts)
  tapeEnd = 2
  /** For who reads lists: numbers that are not in their place yet. */
  stack = new Int32Array(firstInts)
  /** Whether all answers are ASCII: then text is made of bytes without decoding. */
  isAscii = true
  /** The root object, 0 before there is one. */
  root = 0

  /** Forgets everything. */
  clear(): void {
    this.end = 1
    this.tapeEnd = 2
    this.isAscii = true
    this.root = 0
  }

  /** The memory that it holds. */
  get size(): number {
    return this.bytes.length + this.tape.byteLength + this.stack.byteLength
  }

  /** Takes bytes in; gives where they begin. */
  append(given: Uint8Array): number {
    const start = this.end
    this.reserve(given.length)
    this.bytes.set(given, start)
    this.end = start + given.length
    return start
  }

  /** Makes room for as many bytes behind the end. `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    const needed = this.end + count
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(grown, 0, 0, this.end)
    this.bytes = grown
  }

  /** Room for as many numbers, all 0; gives the place of the first. `tape` may be another array afterwards. */
  allocate(count: number): number {
    const start = this.tapeEnd
    const end = start + count
    if (end > this.tape.length) {
      const grown = new Int32Array(Math.max(end, 2 * this.tape.length))
      grown.set(this.tape.subarray(0, start))
      this.tape = grown
    }
    this.tapeEnd = end
    const { tape } = this
    if (count > 64) tape.fill(0, start, end)
    else for (let at = start; at < end; at++) tape[at] = 0
    return start
  }

  /** A new object with everything missing; gives its place. */
  createObject(layout: FlatLayout): number {
    return this.allocate(2 * layout.count)
  }

  /** The text of a piece of the bytes. */
  text(start: number, end: number): string {
    return this.bytes.toString(this.isAscii ? 'latin1' : 'utf8', start, end)
  }
}

/** The second number of an object's pair. */
export const isObject = -2

const firstBytes = 16 * 1024
const firstInts = 4 * 1024
