import type { FlatTree } from './FlatTree.ts'

/** From about here on a copy by the runtime is quicker than one byte by byte. */
const longBytes = 64

/** Writes one byte behind the end. */
export function writeByte(tree: FlatTree, byte: number): void {
  if (tree.end >= tree.bytes.length) tree.reserve(1)
  tree.bytes[tree.end++] = byte
}

/** Writes bytes behind the end. */
export function writeBytes(tree: FlatTree, given: Uint8Array): void {
  const { length } = given
  if (tree.end + length > tree.bytes.length) tree.reserve(length)
  const { bytes, end } = tree
  for (let i = 0; i < length; i++) bytes[end + i] = given[i] as number
  tree.end = end + length
}

/** Writes a piece of the bytes once more, behind the end. */
export function copyBytes(tree: FlatTree, start: number, pieceEnd: number): void {
  const length = pieceEnd - start
  if (tree.end + length > tree.bytes.length) tree.reserve(length)
  const { bytes, end } = tree
  if (length > longBytes) bytes.copyWithin(end, start, pieceEnd)
  else for (let i = 0; i < length; i++) bytes[end + i] = bytes[start + i] as number
  tree.end = end + length
}

/** Writes a text behind the end. */
export function writeText(tree: FlatTree, text: string): void {
  const most = 3 * text.length
  if (tree.end + most > tree.bytes.length) tree.reserve(most)
  tree.end += tree.bytes.write(text, tree.end)
}

/** Whether two pieces of the bytes are the same. */
export function isSamePiece(
  bytes: Buffer,
  piece: { start: number; end: number },
  other: { start: number; end: number },
): boolean {
  const length = piece.end - piece.start
  if (length !== other.end - other.start) return false
  for (let i = 0; i < length; i++) if (bytes[piece.start + i] !== bytes[other.start + i]) return false
  return true
}

/** Whether a piece of the bytes is this text. */
export function isText(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
  return true
}
