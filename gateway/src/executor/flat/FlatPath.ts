import { type FlatLayout, NotFlat } from './FlatLayout.ts'
import { type FlatTree, isObject } from './FlatTree.ts'

/** Where a fetch's answer belongs: the path of a `FlattenNode`, in which `@` stands for every item of a list. */
export type FlatPath = {
  /** What the objects there may have. */
  layout: FlatLayout
  /** Notes the places of the objects there on the tape, in order, once for each path to them. Nulls and what is missing are left out. */
  collect(tree: FlatTree): FlatList
}

/** Numbers on the tape. */
export type FlatList = { start: number; count: number }

/** The offset of a field, or `items`. */
type Segment = number

const items = -1

/** Compiles a path of the plan. Throws {@link NotFlat} where no fetch before brings an object. */
export function compileFlatPath(path: readonly (string | number)[], root: FlatLayout): FlatPath {
  let layout = root
  const segments = path.map((part): Segment => {
    if (part === '@') return items
    const slot = layout.slots.get(String(part))
    if (!slot?.layout) throw new NotFlat(`nothing is known at ${path.join('.')}`)
    layout = slot.layout
    return slot.offset
  })
  return {
    layout,
    collect(tree) {
      const found: number[] = []
      collect(tree, { segments, found }, 0, tree.root, isObject)
      const start = tree.allocate(found.length)
      for (let i = 0; i < found.length; i++) tree.tape[start + i] = found[i] as number
      return { start, count: found.length }
    },
  }
}

type Search = { segments: readonly Segment[]; found: number[] }

function collect(tree: FlatTree, search: Search, depth: number, first: number, second: number): void {
  if (first <= 0) return
  const segment = search.segments[depth]
  const { tape } = tree
  if (segment === undefined) {
    if (second === isObject) search.found.push(first)
  } else if (segment === items) {
    if (second === isObject) return
    for (let at = first; at < first + 2 * second; at += 2) {
      collect(tree, search, depth + 1, tape[at] as number, tape[at + 1] as number)
    }
  } else if (second === isObject) {
    const at = first + segment
    collect(tree, search, depth + 1, tape[at] as number, tape[at + 1] as number)
  }
}
