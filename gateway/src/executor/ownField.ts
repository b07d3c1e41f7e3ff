/** A reader of one field, made once for each name. Names that every object inherits (`constructor`) are read as own fields only. */
export type ReadField = (source: Fields) => unknown

/** Any JSON object. */
export type Fields = Record<string, unknown>

/** A {@link ReadField} for the name: a plain property access unless `Object.prototype` has a property of that name. */
export function readField(name: string): ReadField {
  if (isInherited(name)) return (source) => (Object.hasOwn(source, name) ? source[name] : undefined)
  return (source) => source[name]
}

/** Sets an own field, also where assignment would change the prototype. */
export function setField(target: Fields, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[name] = value
  }
}

/** Whether the value is a JSON object: neither null nor a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether `Object.prototype` has a property of this name. */
export function isInherited(name: string): boolean {
  return name in Object.prototype
}
