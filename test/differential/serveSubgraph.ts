import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js'
import { listen, type Running } from '@tributary/runtime'
import { execute, parse, validate } from 'graphql'

export type FixtureSubgraph = Running & {
  name: string
  url: string
  sdl: string
  /** What it was asked, newest last: for tests that count. */
  requests: { query: string; variables?: Record<string, unknown> }[]
}

/** Serves a subgraph of a test on a free port: graphql-js over `buildSubgraphSchema`, nothing else. */
export async function serveSubgraph(options: {
  name: string
  sdl: string
  resolvers: object
}): Promise<FixtureSubgraph> {
  const { name, sdl } = options
  const schema = buildSubgraphSchema({
    typeDefs: parse(sdl),
    // Resolvers of fixtures are plain functions: Apollo's map takes any.
    resolvers: options.resolvers as GraphQLResolverMap<unknown>,
  })
  const requests: FixtureSubgraph['requests'] = []
  const server = createServer(async (request, response) => {
    // Only gateways of tests ask here: the body is a GraphQL request.
    const body = (await json(request)) as FixtureSubgraph['requests'][number]
    requests.push(body)
    const document = parse(body.query)
    const errors = validate(schema, document)
    const result =
      errors.length > 0
        ? { errors }
        : await execute({ schema, document, variableValues: body.variables, contextValue: {} })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  return {
    name,
    sdl,
    requests,
    url: `http://127.0.0.1:${port}/graphql`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
