import type { FetchShape } from '../FetchShape.ts'

/**
 * What objects at one place of the tree may have: a numbered place for each field, by its name in the tree, for all fetches together.
 * It grows while a plan is compiled.
 */
export type FlatLayout = {
  count: number
  readonly slots: Map<string, FlatSlot>
}

export type FlatSlot = {
  /** Where the field's pair is, from the object's place. */
  offset: number
  /** Present where the field has a selection set. */
  layout: FlatLayout | undefined
}

export function createFlatLayout(): FlatLayout {
  return { count: 0, slots: new Map() }
}

/** Gives the slot of a field, made now if it is new. Throws where one fetch has a selection set for it and another has none. */
export function slotFor(layout: FlatLayout, field: FetchShape['fields'][number]): FlatSlot {
  const known = layout.slots.get(field.name)
  if (known) {
    if ((known.layout === undefined) !== (field.shape === undefined)) throw new NotFlat('a leaf here, an object there')
    return known
  }
  const slot = { offset: 2 * layout.count++, layout: field.shape && createFlatLayout() }
  layout.slots.set(field.name, slot)
  return slot
}

/** Thrown while compiling: what is to be compiled is not for flat trees. */
export class NotFlat extends Error {}
