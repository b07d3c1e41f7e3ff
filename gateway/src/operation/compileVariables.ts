import { codedError } from '@tributary/schema'
import {
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  print,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import { isDeeperThan } from '../executor/jsonDepth.ts'
import { type CoerceInput, compileInput } from './compileInput.ts'

/** How many variable errors are told. */
const maxErrors = 5

/** How deep the values of variables may nest. */
const maxVariableDepth = 200

export type CoercedVariables =
  | { kind: 'variables'; variables: Record<string, unknown> }
  | { kind: 'errors'; errors: readonly GraphQLError[] }

/** Coerces a request's raw variables, CoerceVariableValues of the GraphQL spec, section 6.1.2. Errors have `BAD_USER_INPUT`. */
export type CoerceVariables = (raw: Record<string, unknown> | undefined) => CoercedVariables

/** Compiles the coercion of an operation's variables. The result has own fields only, whatever the variables are called. */
export function compileVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): CoerceVariables {
  const coerceInput = compileInput()
  const compiled = definitions.map((definition) => compileVariable(schema, definition, coerceInput))
  return (raw) => {
    const variables: Record<string, unknown> = Object.create(null)
    const errors: GraphQLError[] = []
    if (compiled.length === 0) return { kind: 'variables', variables }
    if (raw && isDeeperThan(raw, maxVariableDepth + 1)) {
      const message = `Expected variables that nest at most ${maxVariableDepth} levels deep`
      return { kind: 'errors', errors: [codedError('BAD_USER_INPUT', message)] }
    }
    for (const coerce of compiled) {
      coerce(raw ?? {}, variables, errors)
      if (errors.length >= maxErrors) break
    }
    return errors.length > 0 ? { kind: 'errors', errors } : { kind: 'variables', variables }
  }
}

type CoerceVariable = (raw: Record<string, unknown>, into: Record<string, unknown>, errors: GraphQLError[]) => void

function compileVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  compile: (type: GraphQLInputType) => CoerceInput,
): CoerceVariable {
  const name = definition.variable.name.value
  const type = typeFromAST(schema, definition.type)
  if (!isInputType(type)) throw new Error(`Expected the variable $${name} to have an input type`)
  const fallback = definition.defaultValue && { value: valueFromAST(definition.defaultValue, type) }
  const coerce = compile(type)
  const typeText = print(definition.type)
  return (raw, into, errors) => {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined
    if (value === undefined) {
      if (fallback) into[name] = fallback.value
      else if (isNonNullType(type)) refuse(`Variable "$${name}" of required type "${typeText}" was not provided.`)
    } else if (value === null && isNonNullType(type)) {
      refuse(`Variable "$${name}" of non-null type "${typeText}" must not be null.`)
    } else {
      into[name] = coerce(value, (path, invalid, problem) => {
        const at = path.length > 0 ? ` at "${name}${path.map(pathPart).join('')}"` : ''
        refuse(`Variable "$${name}" got invalid value ${show(invalid)}${at}; ${problem}`)
      })
    }

    function refuse(message: string): void {
      if (errors.length < maxErrors) errors.push(codedError('BAD_USER_INPUT', message, { nodes: definition }))
    }
  }
}

function pathPart(key: string | number): string {
  return typeof key === 'number' ? `[${key}]` : `.${key}`
}

/** A value in an error message: as JSON, the beginning of it. */
function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}
