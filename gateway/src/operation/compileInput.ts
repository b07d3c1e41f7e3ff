import {
  GraphQLError,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'

/** Gives the coerced value; tells each problem with the path to it. What it gives after a problem is not to be used. */
export type CoerceInput = (value: unknown, tell: TellProblem) => unknown

type TellProblem = (path: readonly (string | number)[], value: unknown, problem: string) => void

/**
 * Compiles input coercion, sections 3.5 to 3.12 of the GraphQL spec, with the messages of graphql-js. Types are compiled when a value
 * first needs them, each once: input types may contain themselves. Recursion is as deep as the value, which the caller bounds.
 */
export function compileInput(): (type: GraphQLInputType) => CoerceInput {
  const compiled = new Map<GraphQLInputType, CoerceInput>()
  return compile

  function compile(type: GraphQLInputType): CoerceInput {
    const known = compiled.get(type)
    if (known) return known
    const coerce = compileType(type)
    compiled.set(type, coerce)
    return coerce
  }

  function compileType(type: GraphQLInputType): CoerceInput {
    if (isNonNullType(type)) {
      const coerce = compile(type.ofType)
      return (value, tell) => {
        if (value !== null && value !== undefined) return coerce(value, tell)
        tell([], value ?? null, `Expected non-nullable type "${type}" not to be null.`)
        return undefined
      }
    }
    if (isListType(type)) {
      const coerceItem = compile(type.ofType)
      return (value, tell) => {
        if (value === null) return null
        if (!Array.isArray(value)) return [coerceItem(value, tell)]
        return value.map((item, index) =>
          coerceItem(item, (path, invalid, problem) => tell([index, ...path], invalid, problem)),
        )
      }
    }
    return isInputObjectType(type) ? compileInputObject(type) : compileLeaf(type)
  }

  function compileInputObject(type: GraphQLInputObjectType): CoerceInput {
    const fields = Object.values(type.getFields())
    const names = new Set(fields.map(({ name }) => name))
    let coercers: { field: GraphQLInputField; coerce: CoerceInput }[] | undefined
    return (value, tell) => {
      if (value === null) return null
      if (typeof value !== 'object' || Array.isArray(value)) {
        tell([], value, `Expected type "${type.name}" to be an object.`)
        return undefined
      }
      coercers ??= fields.map((field) => ({ field, coerce: compile(field.type) }))
      const given = new Map<string, unknown>(Object.entries(value ?? {}))
      const coerced: Record<string, unknown> = Object.create(null)
      for (const { field, coerce } of coercers) {
        const { name } = field
        const item = given.get(name)
        if (item === undefined) {
          if (field.defaultValue !== undefined) coerced[name] = field.defaultValue
          else if (isNonNullType(field.type)) {
            tell([], value, `Field "${name}" of required type "${field.type}" was not provided.`)
          }
        } else {
          coerced[name] = coerce(item, (path, invalid, problem) => tell([name, ...path], invalid, problem))
        }
      }
      for (const name of given.keys()) {
        if (!names.has(name)) tell([], value, `Field "${name}" is not defined by type "${type.name}".`)
      }
      if (type.isOneOf) checkOneOf(type, coerced, tell)
      return coerced
    }
  }
}

function checkOneOf(type: GraphQLInputObjectType, coerced: Record<string, unknown>, tell: TellProblem): void {
  const [name, another] = Object.keys(coerced)
  if (name === undefined || another !== undefined) {
    tell([], coerced, `Exactly one key must be specified for OneOf type "${type.name}".`)
  } else if (coerced[name] === null) {
    tell([name], null, `Field "${name}" must be non-null.`)
  }
}

function compileLeaf(type: GraphQLLeafType): CoerceInput {
  return (value, tell) => {
    if (value === null) return null
    try {
      const parsed = type.parseValue(value)
      if (parsed === undefined) tell([], value, `Expected type "${type.name}".`)
      return parsed
    } catch (error) {
      tell([], value, error instanceof GraphQLError ? error.message : `Expected type "${type.name}".`)
      return undefined
    }
  }
}
