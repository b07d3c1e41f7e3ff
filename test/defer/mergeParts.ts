import type { GraphQLFormattedError } from 'graphql'

/** A result as incremental delivery of 2022 has it. */
export type Part = {
  data?: unknown
  errors?: readonly GraphQLFormattedError[]
  incremental?: readonly {
    path?: readonly (string | number)[]
    data?: unknown
    label?: string
    errors?: readonly GraphQLFormattedError[]
  }[]
  hasNext?: boolean
}

/** The one answer that a client makes of the parts. Throws for what no client could take. */
export function mergeParts(parts: readonly Part[]): {
  data: unknown
  errors: readonly GraphQLFormattedError[]
  /** How many deferred parts are null as a whole. */
  nullParts: number
} {
  const answer = { data: parts[0]?.data }
  const errors = [...(parts[0]?.errors ?? [])]
  let nullParts = 0
  parts.forEach(({ hasNext }, index) => {
    if (hasNext !== index < parts.length - 1) throw new Error(`Expected part ${index} to say whether it is the last`)
  })
  for (const { path = [], data, errors: own = [] } of parts.flatMap(({ incremental }) => incremental ?? [])) {
    errors.push(...own)
    if (data === null) {
      nullParts++
      if (own.length === 0) throw new Error(`Expected an error for the null at ${path.join('.')}`)
      continue
    }
    const target = path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), answer.data)
    if (typeof target !== 'object' || target === null) throw new Error(`Expected an object at ${path.join('.')}`)
    mergeInto(target, data)
  }
  return { data: answer.data, errors, nullParts }
}

function mergeInto(target: object, source: unknown): void {
  for (const [key, value] of Object.entries(Object(source))) {
    const known: unknown = Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined
    if (typeof known === 'object' && known !== null && typeof value === 'object' && value !== null)
      mergeInto(known, value)
    else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  }
}
