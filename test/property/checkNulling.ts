import { type GraphQLOutputType, isLeafType, isListType, isNonNullType } from 'graphql'
import { type AnsweredField, pathKey, type ReferenceAnswer } from './answerByReference.ts'

type Path = readonly (string | number)[]

/**
 * Checks that an answer is the fault-free one with nulls in it, and only there where the schema allows them, and gives the places of these
 * nulls. Throws when it is not.
 */
export function findNulls(clean: ReferenceAnswer, data: unknown): readonly Path[] {
  const nulls: Path[] = []
  if (data === null && clean.data) return [[]]
  compare(clean.data, data, [], undefined)
  return nulls

  function compare(wanted: unknown, got: unknown, path: Path, type: GraphQLOutputType | undefined): void {
    if (wanted !== null && got === null) {
      if (isNonNullType(type)) throw new Error(`Expected no null at ${path.join('.')}, which is of type ${type}`)
      nulls.push(path)
      return
    }
    const nullable = isNonNullType(type) ? type.ofType : type
    if (isLeafType(nullable) || typeof wanted !== 'object' || wanted === null) {
      if (JSON.stringify(wanted) !== JSON.stringify(got)) {
        throw new Error(`Expected ${JSON.stringify(wanted)} at ${path.join('.')}, got ${JSON.stringify(got)}`)
      }
      return
    }
    if (typeof got !== 'object' || got === null || Array.isArray(got) !== Array.isArray(wanted)) {
      throw new Error(`Expected the same kind of value at ${path.join('.')}, got ${JSON.stringify(got)}`)
    }
    const names = Object.keys(wanted)
    if (names.join() !== Object.keys(got).join())
      throw new Error(`Expected ${names} at ${path.join('.')}, got ${Object.keys(got)}`)
    for (const name of names) {
      const place = [...path, Array.isArray(wanted) ? Number(name) : name]
      const typeHere = isListType(nullable) ? nullable.ofType : fieldAt(clean, place)?.type
      compare(Reflect.get(wanted, name), Reflect.get(got, name), place, typeHere)
    }
  }
}

/** The fields of the fault-free answer at a place and below it. */
export function fieldsBelow(clean: ReferenceAnswer, place: Path): readonly (AnsweredField & { name: string })[] {
  const fieldPath = [...place]
  while (typeof fieldPath.at(-1) === 'number') fieldPath.pop()
  const prefix = place.length === 0 ? '[' : `${pathKey(place).slice(0, -1)},`
  const own = fieldAt(clean, fieldPath)
  const below = [...clean.fields]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, field]) => ({ ...field, name: nameOf(JSON.parse(key)) }))
  return own ? [{ ...own, name: nameOf(fieldPath) }, ...below] : below
}

/** Whether an answer may have a value at this path: the fault-free one has it, or has a null above. */
export function hasShape(clean: ReferenceAnswer, path: Path): boolean {
  let value: unknown = clean.data
  for (const key of path) {
    if (value === null) return true
    if (typeof value !== 'object' || !Object.hasOwn(value as object, key)) return false
    value = Reflect.get(value as object, key)
  }
  return true
}

function fieldAt(clean: ReferenceAnswer, path: Path): AnsweredField | undefined {
  return clean.fields.get(pathKey(path))
}

function nameOf(path: Path): string {
  return String(path.at(-1))
}
