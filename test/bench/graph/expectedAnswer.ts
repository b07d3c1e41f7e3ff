import { execute, type GraphQLSchema, parse, validate } from 'graphql'
import { createBenchData } from './benchData.ts'
import type { BenchQuery } from './queries.ts'
import { createFieldResolvers, type Source } from './resolveField.ts'

/** The right answer of a query by graphql-js over the same data and one schema: `{ data }`. Throws when the query is not valid. */
export async function expectedAnswer(apiSchema: GraphQLSchema, query: BenchQuery): Promise<unknown> {
  const resolvers = createFieldResolvers(createBenchData())
  const document = parse(query.text)
  const [invalid] = validate(apiSchema, document)
  if (invalid) throw invalid
  const result = await execute({
    schema: apiSchema,
    document,
    variableValues: query.variables,
    fieldResolver: (source: Source | undefined, args, _, info) => {
      const resolve = resolvers.get(`${info.parentType.name}.${info.fieldName}`)
      return resolve ? resolve(source ?? {}, args) : source?.[info.fieldName]
    },
  })
  // Through JSON, so that it compares with what came over the network (graphql-js makes objects without a prototype).
  return JSON.parse(JSON.stringify(result))
}
