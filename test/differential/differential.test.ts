import { createStopStack } from '@tributary/runtime'
import { operations, type TestOperation } from './operations.ts'
import { startApolloGateway, startTributary, type TestGateway } from './startGateways.ts'
import { startLibrary } from './startLibrary.ts'

describe('our executor and that of @apollo/gateway', () => {
  const running = createStopStack()
  let ours: TestGateway
  let apollos: TestGateway

  beforeAll(async () => {
    const library = running.add(await startLibrary())
    ours = running.add(startTributary(library.supergraphSdl))
    apollos = running.add(await startApolloGateway(library.supergraphSdl))
  })
  afterAll(() => running.stop())

  test.each(Object.entries(operations))('answer alike: %s', async (_, operation) => {
    const [own, apollo] = await Promise.all([ours.execute(operation), apollos.execute(operation)])
    // As text, so that the order of fields counts.
    expect(JSON.stringify(own.data, null, 1)).toBe(JSON.stringify(apollo.data, null, 1))
    expect({ hasErrors: own.errors.length > 0, ...own }).toMatchObject({ hasErrors: apollo.errors.length > 0 })
    expect(JSON.stringify(own.errors)).not.toContain('_entities')
  })

  // What @apollo/gateway gets wrong, with the answer that the GraphQL spec asks for.
  const apolloIsWrong: Record<string, { operation: TestOperation; data: unknown; errorPaths?: unknown[] }> = {
    'a zero behind an alias that the planner invented': {
      operation: { query: '{ allMedia { ... on Book { length } ... on Film { length } } }' },
      data: { allMedia: [{ length: 4 }, { length: 0 }, { length: null }, { length: 8 }, { length: null }] },
    },
    'a client variable called $representations': {
      operation: {
        query: 'query ($representations: Int!) { book(id: "b1") { reviews(limit: $representations) { id } } }',
        variables: { representations: 1 },
      },
      data: { book: { reviews: [{ id: 'r1' }] } },
    },
    'an error at its place after nulls in a list': {
      operation: { query: '{ authors { id email } }' },
      data: {
        authors: [
          { id: 'a1', email: 'ada@library.example' },
          null,
          { id: 'a2', email: null },
          { id: 'a3', email: null },
        ],
      },
      errorPaths: [['authors', 2, 'email']],
    },
    'an error of an entity after nulls in a list': {
      operation: { query: '{ latestReviews { reviewer { name } } books(first: 4) { creator { email } } }' },
      data: {
        latestReviews: [
          { reviewer: { name: 'Mia' } },
          { reviewer: null },
          { reviewer: null },
          { reviewer: { name: 'Max' } },
          { reviewer: { name: 'Mia' } },
        ],
        books: [
          { creator: { email: 'ada@library.example' } },
          { creator: { email: null } },
          { creator: null },
          { creator: { email: null } },
        ],
      },
      errorPaths: [
        ['latestReviews', 2, 'reviewer', 'name'],
        ['books', 1, 'creator', 'email'],
      ],
    },
  }
  test.each(Object.entries(apolloIsWrong))('ours is right: %s', async (_, { operation, data, errorPaths = [] }) => {
    const own = await ours.execute(operation)
    expect(own.data).toEqual(data)
    const paths = own.errors.map(({ path }) => path)
    expect(paths).toHaveLength(errorPaths.length)
    expect(paths).toEqual(expect.arrayContaining(errorPaths))
  })

  const odd = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    '__defineGetter__',
    'valueOf',
    '__typename_',
  ]
  test.each(odd)('%s is a name like any other', async (name) => {
    const query = `query ($${name}: ID!, $with: Boolean = true) {
      ${name}: book(id: $${name}) { ${name}: title creator { ${name}: name } again: reviews(limit: 1) { ${name}: reviewer { ${name}: name } } }
      books { ${name}: reviews(limit: 1) @include(if: $with) { ${name}: stars } }
    }`
    // JSON.parse makes an own field even of __proto__.
    const own = await ours.execute({ query, variables: JSON.parse(`{"${name}":"b1"}`) })
    expect(own.errors).toEqual([])
    expect(JSON.stringify(own.data)).toBe(
      `{"${name}":{"${name}":"Rivers","creator":{"${name}":"Ada"},"again":[{"${name}":{"${name}":"Mia"}}]},` +
        `"books":[{"${name}":[{"${name}":5}]},{"${name}":[{"${name}":3}]},{"${name}":null}]}`,
    )
    expect(({} as Record<string, unknown>).title).toBeUndefined()
  })
})
