import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createLog, listen, type Running, type StopStack } from '@tributary/runtime'
import { buildSchema, graphql } from 'graphql'

export const silentLog = createLog({ service: 'test', level: 'silent' })

/** A subgraph that is not ours, and what it was asked. */
export type TinySubgraph = Running & {
  url: string
  /** The headers of each request, the oldest first, without those for its SDL. */
  requests: IncomingHttpHeaders[]
  /** Their bodies. */
  bodies: string[]
  /** What it says its SDL is. */
  sdl: string
  /** Holds answers back until the promise resolves. */
  hold(until: Promise<unknown>): void
  /** Resolves when a client has left before it had its answer. */
  left(): Promise<void>
}

export type TinyGraph = { library: TinySubgraph; reviews: TinySubgraph }

/** Written for Federation 1: no `@link`, `extend type`, `@external`. */
const librarySdl = `
  type Query { book(isbn: ID!): Book, books: [Book!]!, broken: Int!, echo(text: String): String }
  type Mutation { shelve(isbn: ID!): Book }
  type Book @key(fields: "isbn") { isbn: ID! title: String }
`

const reviewsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Book @key(fields: "isbn") { isbn: ID! stars: Int }
  type Query { reviewCount: Int }
`

/** Starts a graph of two subgraphs on free ports, one Federation 1, one Federation 2. */
export async function startTinyGraph(stack: StopStack): Promise<TinyGraph> {
  const book = ({ isbn }: { isbn: string }) => ({ __typename: 'Book', isbn, title: `Title ${isbn}` })
  const library = await startSubgraph({
    sdl: librarySdl,
    schema: `${librarySdl.replace('@key(fields: "isbn")', '')} scalar _Any union _Entity = Book type _Service { sdl: String }
      extend type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }`,
    root: {
      _entities: ({ representations }: { representations: { isbn: string }[] }) => representations.map(book),
      book,
      books: ['1', '22'].map((isbn) => book({ isbn })),
      shelve: book,
      broken: () => null,
      echo: ({ text }: { text?: string }) => text,
    },
  })
  stack.add(library)
  const reviews = await startSubgraph({
    sdl: reviewsSdl,
    schema: `scalar _Any union _Entity = Book type _Service { sdl: String }
      type Book { isbn: ID! stars: Int }
      type Query { reviewCount: Int _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }`,
    root: {
      reviewCount: 3,
      _entities: ({ representations }: { representations: { isbn: string }[] }) =>
        representations.map(({ isbn }) => ({ __typename: 'Book', isbn, stars: isbn.length })),
    },
  })
  stack.add(reviews)
  return { library, reviews }
}

async function startSubgraph(options: { sdl: string; schema: string; root: object }): Promise<TinySubgraph> {
  const schema = buildSchema(options.schema)
  let held: Promise<unknown> = Promise.resolve()
  let onLeft = () => {}
  const left = new Promise<void>((resolve) => {
    onLeft = resolve
  })
  const server = createServer(async (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) onLeft()
    })
    let body = ''
    for await (const chunk of request) body += chunk
    const { query, variables } = JSON.parse(body)
    if (!query.includes('_service')) {
      subgraph.requests.push(request.headers)
      subgraph.bodies.push(body)
      await held
    }
    const rootValue = { ...options.root, _service: { sdl: subgraph.sdl } }
    const result = await graphql({ schema, rootValue, source: query, variableValues: variables })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  let stopping: Promise<void> | undefined
  const subgraph: TinySubgraph = {
    url: `http://127.0.0.1:${port}/graphql`,
    requests: [],
    bodies: [],
    sdl: options.sdl,
    hold(until) {
      held = until
    },
    left: () => left,
    stop() {
      stopping ??= new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return stopping
    },
  }
  return subgraph
}
