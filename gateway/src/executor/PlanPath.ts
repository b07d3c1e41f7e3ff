import { type Fields, isFields, type ReadField, readField } from './ownField.ts'

/** A place in the answer, as the client sees it: response names and indexes. */
export type ResponsePath = readonly (string | number)[]

/** Where a fetch's answer belongs: the path of a `FlattenNode`, in which `@` stands for every item of a list. */
export type PlanPath = {
  /** The objects there, in order; nulls and what is missing are left out. */
  collect(root: Fields): Fields[]
  /** The client's path of each object there: of its first place, if it stands in several. */
  locate(root: Fields): ReadonlyMap<Fields, ResponsePath>
}

/** Compiles a path of the plan. */
export function compilePlanPath(path: readonly (string | number)[]): PlanPath {
  const segments = path.map((part): Segment => {
    if (part === '@') return { kind: 'items' }
    return { kind: 'field', name: String(part), read: readField(String(part)) }
  })
  return {
    collect: (root) => collect(root, segments),
    locate(root) {
      const places = new Map<Fields, ResponsePath>()
      for (const { value, path } of locate(root, segments)) {
        if (isFields(value) && !places.has(value)) places.set(value, path)
      }
      return places
    },
  }
}

type Segment = { kind: 'items' } | { kind: 'field'; name: string; read: ReadField }

function collect(root: Fields, segments: readonly Segment[]): Fields[] {
  let values: unknown[] = [root]
  for (const segment of segments) {
    const next: unknown[] = []
    if (segment.kind === 'items') {
      for (const value of values) if (Array.isArray(value)) for (const item of value) next.push(item)
    } else {
      for (const value of values) if (isFields(value)) next.push(segment.read(value))
    }
    values = next
  }
  return values.filter(isFields)
}

function locate(root: Fields, segments: readonly Segment[]): { value: unknown; path: ResponsePath }[] {
  let places: { value: unknown; path: ResponsePath }[] = [{ value: root, path: [] }]
  for (const segment of segments) {
    places = places.flatMap(({ value, path }) => {
      if (segment.kind === 'items') {
        return Array.isArray(value) ? value.map((item, index) => ({ value: item, path: [...path, index] })) : []
      }
      return isFields(value) ? [{ value: segment.read(value), path: [...path, segment.name] }] : []
    })
  }
  return places
}
