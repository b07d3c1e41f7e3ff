import {
  type ExecutionResult,
  execute,
  type GraphQLOutputType,
  type GraphQLSchema,
  getOperationAST,
  parse,
  responsePathAsArray,
} from 'graphql'
import { effectOf } from './createMemoryTransport.ts'
import { isThing } from './Thing.ts'
import type { World } from './World.ts'

export type ReferenceAnswer = {
  data: ExecutionResult['data']
  errors: readonly { message: string; path?: readonly (string | number)[] }[]
  /** The fields of the answer, by {@link pathKey}. */
  fields: ReadonlyMap<string, AnsweredField>
  /** The root fields of a mutation, in the order in which they took effect, as {@link effectOf} writes them. */
  effects: readonly string[]
}

export type AnsweredField = { typename: string; field: string; type: GraphQLOutputType }

/** What graphql-js answers over the merged schema, through JSON. */
export async function answerByReference(
  schema: GraphQLSchema,
  world: World,
  { text, variables }: { text: string; variables: Record<string, unknown> },
): Promise<ReferenceAnswer> {
  const document = parse(text, { noLocation: true })
  const fields = new Map<string, AnsweredField>()
  const effects: string[] = []
  const result = await execute({
    schema,
    document,
    variableValues: variables,
    rootValue: world.root(getOperationAST(document)?.operation === 'mutation' ? 'Mutation' : 'Query'),
    fieldResolver: (thing, args, _, { fieldName, parentType, returnType, path }) => {
      if (parentType === schema.getMutationType()) effects.push(effectOf(fieldName, args))
      fields.set(pathKey(responsePathAsArray(path)), { typename: parentType.name, field: fieldName, type: returnType })
      return isThing(thing) ? world.read(thing, fieldName, args) : undefined
    },
    typeResolver: (thing) => (isThing(thing) ? thing.typename : undefined),
  })
  // An ExecutionResult in JSON has exactly this.
  const { data, errors = [] } = JSON.parse(JSON.stringify(result)) as Partial<ReferenceAnswer>
  return { data, errors, fields, effects }
}

/** A path as text, different for different paths. */
export function pathKey(path: readonly (string | number)[]): string {
  return JSON.stringify(path)
}
