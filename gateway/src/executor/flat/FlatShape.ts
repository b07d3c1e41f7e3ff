import type { FetchShape } from '../FetchShape.ts'
import { type FlatLayout, NotFlat, slotFor } from './FlatLayout.ts'

/** What one subgraph operation may answer, as {@link FlatReader} reads it. */
export type FlatShape = { layout: FlatLayout; fields: readonly FlatField[] }

export type FlatField = {
  /** The name as it stands before a value: in quotes, with the colon. */
  key: Uint8Array
  offset: number
  shape: FlatShape | undefined
  /** Whether it says what the object is: its type or a key, which is the same in every answer. */
  isIdentity: boolean
}

/** Which fields an object has had already is kept in the bits of one number. */
const maxFields = 31

/** Lays a fetch's shape out at a place of the tree; `keys` are the names of fields that tell its objects apart. Throws {@link NotFlat}. */
export function flatShape(shape: FetchShape, layout: FlatLayout, keys: readonly string[] = []): FlatShape {
  if (shape.fields.length > maxFields) throw new NotFlat('more fields than bits')
  const fields = shape.fields.map((field): FlatField => {
    const slot = slotFor(layout, field)
    return {
      key: Buffer.from(`"${field.sourceName}":`),
      offset: slot.offset,
      shape: field.shape && slot.layout && flatShape(field.shape, slot.layout),
      isIdentity: field.name === '__typename' || (!field.shape && keys.includes(field.name)),
    }
  })
  return { layout, fields }
}
