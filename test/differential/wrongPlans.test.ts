import { createStopStack } from '@tributary/runtime'
import type { TestOperation } from './operations.ts'
import { startApolloGateway, startTributary, type TestGateway } from './startGateways.ts'
import { type RunningGraph, startGraph } from './startGraph.ts'
import { wrongPlanGraphs } from './wrongPlanGraphs.ts'

type GraphName = keyof typeof wrongPlanGraphs
type Case = {
  graph: GraphName
  operation: TestOperation
  data: unknown
  errors?: readonly object[]
  /** What `@apollo/gateway` gives where it is right; it is wrong everywhere else. */
  apolloIsRight?: true
}

const names = Object.keys(wrongPlanGraphs) as GraphName[]

const cases: Record<string, Case> = {
  'a key that cannot be resolved, before one that can': {
    graph: 'keys',
    operation: { query: '{ cart { items { id label name } } }' },
    data: {
      cart: {
        items: [
          { id: '1', label: 'item 1 from de', name: 'item 1' },
          { id: '2', label: 'item 2 from fr', name: 'item 2' },
        ],
      },
    },
  },
  "a required field with the client's own arguments": {
    graph: 'posts',
    operation: { query: '{ feed { commenters comments(limit: 1) { id } } }' },
    data: {
      feed: [
        { commenters: ['a1', 'a2', 'a3'], comments: [{ id: 'p1c1' }] },
        { commenters: ['a1', 'a2', 'a3'], comments: [{ id: 'p2c1' }] },
      ],
    },
  },
  "a required field with the client's own arguments, from a variable": {
    graph: 'posts',
    operation: {
      query: 'query ($limit: Int = 1) { post(id: "p1") { comments(limit: $limit) { id } commenters } }',
      variables: { limit: 4 },
    },
    data: {
      post: {
        comments: [{ id: 'p1c1' }, { id: 'p1c2' }, { id: 'p1c3' }, { id: 'p1c4' }],
        commenters: ['a1', 'a2', 'a3'],
      },
    },
  },
  "a required field with the client's own arguments, from fragments": {
    graph: 'posts',
    operation: {
      query: `query ($limit: Int = 1) { feed { commenters ...Foo ...Bar } }
        fragment Foo on Post { comments(limit: $limit) { id } }
        fragment Bar on Post { comments(limit: $limit) { id } }`,
    },
    data: {
      feed: [
        { commenters: ['a1', 'a2', 'a3'], comments: [{ id: 'p1c1' }] },
        { commenters: ['a1', 'a2', 'a3'], comments: [{ id: 'p2c1' }] },
      ],
    },
  },
  'a mutation whose answer needs a required field with arguments': {
    graph: 'posts',
    operation: { query: 'mutation { publish(id: "p2") { commenters comments(limit: 1) { id authorId } } }' },
    data: { publish: { commenters: ['a1', 'a2', 'a3'], comments: [{ id: 'p2c1', authorId: 'a1' }] } },
  },
  'a required field with arguments below another': {
    graph: 'posts',
    operation: { query: '{ feed { comments(limit: 1) { relatedIds related { comments(limit: 1) { id } } } } }' },
    data: {
      feed: [
        { comments: [{ relatedIds: [['p2c1', 'p2c2']], related: [{ comments: [{ id: 'p2c1' }] }] }] },
        { comments: [{ relatedIds: [['p1c1', 'p1c2']], related: [{ comments: [{ id: 'p1c1' }] }] }] },
      ],
    },
  },
  'one field required with two limits': {
    graph: 'posts',
    operation: { query: '{ post(id: "p1") { firstCommenter commenters } }' },
    data: { post: { firstCommenter: ['a1'], commenters: ['a1', 'a2', 'a3'] } },
  },
  'a field required without its optional arguments': {
    graph: 'posts',
    operation: { query: '{ post(id: "p1") { replyIds replies(limit: 1) } }' },
    data: { post: { replyIds: ['p1r1', 'p1r2'], replies: ['p1r1'] } },
  },
  'a field required with lists, enums and objects, and without': {
    graph: 'posts',
    operation: { query: '{ post(id: "p1") { lastReplyIds replyIds replies(order: ASC) } }' },
    data: {
      post: {
        lastReplyIds: ['p1r1downp1r3', 'p1r2downp1r3', 'p1r3downp1r3'],
        replyIds: ['p1r1', 'p1r2'],
        replies: ['p1r1', 'p1r2'],
      },
    },
  },
  'an error of a required field with arguments': {
    graph: 'posts',
    operation: { query: '{ feed { id strict checked(level: 1) } }' },
    data: {
      feed: [
        { id: 'p1', strict: 9, checked: 1 },
        { id: 'p2', strict: null, checked: 1 },
      ],
    },
    errors: [{ message: 'Too strict', path: ['feed', 1], extensions: { code: 'STRICT', service: 'checks' } }],
  },
  'two @requires of one field in two currencies': {
    graph: 'prices',
    operation: { query: '{ products { upc usd eur name } }' },
    data: {
      products: [
        { upc: 'u1', usd: 10, eur: 120, name: 'product u1' },
        { upc: 'u2', usd: 40, eur: 180, name: 'product u2' },
      ],
    },
  },
  'three @requires, one of them below a field, with variables and the client in between': {
    graph: 'prices',
    operation: {
      query: `query ($two: Int, $three: Int, $with: Boolean!) {
        products { price(currency: "GBP") ...Prices category { averagePrice(currency: "EUR") } }
      }
      fragment Prices on Product { many: usd(times: $two) eur(times: $three) @include(if: $with) gbp name }`,
      variables: { two: 2, three: 3, with: true },
    },
    data: {
      products: [
        { price: 30, many: 20, eur: 160, gbp: 300, name: 'product u1', category: { averagePrice: 200 } },
        { price: 60, many: 80, eur: 340, gbp: 300, name: 'product u2', category: { averagePrice: 200 } },
      ],
    },
  },
  'what requires a field, skipped beside what requires none': {
    graph: 'prices',
    operation: {
      query: 'query ($no: Boolean!) { products { usd @include(if: $no) ... @include(if: $no) { eur } name gbp } }',
      variables: { no: false },
    },
    data: {
      products: [
        { name: 'product u1', gbp: 300 },
        { name: 'product u2', gbp: 300 },
      ],
    },
  },
  'a required field with arguments on an interface': {
    graph: 'media',
    operation: { query: '{ shelf { reviewIds bookReviewIds media { reviews(limit: 1) { id } } } }' },
    data: {
      shelf: {
        reviewIds: [
          ['m1r1', 'm1r2'],
          ['m2r1', 'm2r2'],
        ],
        bookReviewIds: [['m1r1', 'm1r2', 'm1r3'], ['Film']],
        media: [{ reviews: [{ id: 'm1r1' }] }, { reviews: [{ id: 'm2r1' }] }],
      },
    },
  },
  'a required field with arguments that provides': {
    graph: 'media',
    operation: { query: '{ media { reviews(limit: 3) { id } ... on Book { names } ... on Film { names } } }' },
    data: {
      media: [
        { reviews: [{ id: 'm1r1' }, { id: 'm1r2' }, { id: 'm1r3' }], names: ['m1r1 provided', 'm1r2 provided'] },
        { reviews: [{ id: 'm2r1' }, { id: 'm2r2' }, { id: 'm2r3' }], names: ['m2r1 provided'] },
      ],
    },
  },
  'required fields with arguments of an interface object': {
    graph: 'media',
    operation: { query: '{ media { id summary short reviews(limit: 3) { id } } }' },
    data: {
      media: [
        {
          id: 'm1',
          summary: 'of m1r1 m1r2',
          short: 'of m1r1',
          reviews: [{ id: 'm1r1' }, { id: 'm1r2' }, { id: 'm1r3' }],
        },
        {
          id: 'm2',
          summary: 'of m2r1 m2r2',
          short: 'of m2r1',
          reviews: [{ id: 'm2r1' }, { id: 'm2r2' }, { id: 'm2r3' }],
        },
      ],
    },
  },
  'a required field that another subgraph only names': {
    graph: 'externals',
    operation: { query: '{ feed { author pinnedId pinned { id } } }' },
    data: { feed: [{ author: 'author of p1c1', pinnedId: 'p1c1', pinned: { id: 'p1c1' } }] },
  },
  'an interface that nothing implements': {
    graph: 'emptyInterface',
    operation: { query: '{ best { id title } version }' },
    data: { best: null, version: 7 },
    errors: [{ path: ['best'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } }],
  },
  'an interface that nothing implements, below the root': {
    graph: 'emptyInterface',
    operation: { query: '{ holder { size found: node { title } } }' },
    data: { holder: { size: 3, found: null } },
    errors: [{ path: ['holder', 'found'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } }],
  },
  'an interface that nothing implements, non-null': {
    graph: 'emptyInterface',
    operation: { query: '{ surely { title } version }' },
    data: null,
    errors: [{ path: ['surely'], extensions: { code: 'RESPONSE_VALIDATION_FAILED' } }],
  },
  'an interface that nothing implements, skipped': {
    graph: 'emptyInterface',
    operation: {
      query: 'query ($no: Boolean!) { best @include(if: $no) { title } version }',
      variables: { no: false },
    },
    data: { version: 7 },
  },
  'an interface that nothing implements, where its subgraph knows enough': {
    graph: 'emptyInterface',
    operation: { query: '{ best { id } }' },
    data: { best: { id: 'n1' } },
    apolloIsRight: true,
  },
  'an object of which nothing is left, and which may be left out itself': {
    graph: 'aliases',
    operation: {
      query:
        'query ($yes: Boolean!) { me @include(if: $yes) { ...Mail ... { name @skip(if: $yes) } } } fragment Mail on User { email @skip(if: $yes) }',
      variables: { yes: true },
    },
    data: { me: {} },
  },
  'an alias that is the name of a key': {
    graph: 'aliases',
    operation: { query: '{ me { id: name greeting } }' },
    data: { me: { id: 'Ann', greeting: 'Hello Ann (1)' } },
  },
  'an alias that is the name of a required field': {
    graph: 'aliases',
    operation: { query: '{ me { name: email again: greeting(word: "Hi") } }' },
    data: { me: { name: 'ann@example.org', again: 'Hi Ann (1)' } },
  },
  'an alias that is the name of a field that names types': {
    graph: 'aliases',
    operation: { query: '{ me { __typename: id greeting id: __typename } }' },
    data: { me: { __typename: '1', greeting: 'Hello Ann (1)', id: 'User' } },
  },
  'an error under an alias that is the name of a key': {
    graph: 'aliases',
    operation: { query: '{ me { id: secret name: id } }' },
    data: { me: { id: null, name: '1' } },
    errors: [{ message: 'No secrets', path: ['me', 'id'] }],
    apolloIsRight: true,
  },
}

describe('wrong plans', () => {
  const running = createStopStack()
  const graphs = new Map<GraphName, { graph: RunningGraph; ours: TestGateway; apollos: TestGateway }>()

  beforeAll(async () => {
    for (const name of names) {
      const graph = running.add(await startGraph(wrongPlanGraphs[name]()))
      const ours = running.add(startTributary(graph.supergraphSdl))
      graphs.set(name, { graph, ours, apollos: running.add(await startApolloGateway(graph.supergraphSdl)) })
    }
  })
  afterAll(() => running.stop())

  test.each(Object.entries(cases))('are repaired: %s', async (_, { graph, operation, data, errors = [] }) => {
    const own = await gateways(graph).ours.execute(operation)
    expect(JSON.stringify(own, null, 1)).not.toMatch(/__required_|__client/)
    expect(own).toMatchObject({ data, errors })
    expect(own.data).toEqual(data)
    expect(own.errors).toHaveLength(errors.length)
  })

  test.each(Object.entries(cases))('are made by @apollo/gateway: %s', async (_, { graph, operation, ...expected }) => {
    const { data, errors } = await gateways(graph).apollos.execute(operation)
    const isRight = JSON.stringify(data) === JSON.stringify(expected.data)
    const paths = (all: readonly object[]) => all.map((one) => 'path' in one && one.path)
    const isWhole = JSON.stringify(paths(errors)) === JSON.stringify(paths(expected.errors ?? []))
    expect(isRight && isWhole).toBe(expected.apolloIsRight === true)
  })

  test('a synthetic field is asked for by an alias, and comes back under the name that the subgraph knows', async () => {
    const { ours, graph } = gateways('prices')
    const [catalog, shipping] = graph.subgraphs.map(({ requests }) => requests)
    for (const requests of [catalog, shipping]) requests?.splice(0)
    await ours.execute({ query: '{ products { usd eur } }' })
    expect(catalog).toHaveLength(1)
    // Two requests, because one representation cannot hold two prices.
    const representations = shipping?.map(({ variables }) => variables?.representations)
    expect(representations).toHaveLength(2)
    expect(representations).toEqual(
      expect.arrayContaining([
        [1, 2].map((n) => ({ __typename: 'Product', upc: `u${n}`, price: n * 10, weight: n })),
        [1, 2].map((n) => ({
          __typename: 'Product',
          upc: `u${n}`,
          price: n * 20,
          weight: n,
          category: { averagePrice: 100 },
        })),
      ]),
    )
  })

  test('what a field with arguments provides is not fetched again', async () => {
    const { ours, graph } = gateways('media')
    const people = graph.subgraphs.find(({ name }) => name === 'people')
    people?.requests.splice(0)
    await ours.execute({ query: '{ media { ... on Book { names } } }' })
    expect(people?.requests).toEqual([])
  })

  test.each(names)('no client of %s finds a synthetic field', async (name) => {
    const { ours, graph } = gateways(name)
    const { data } = await ours.execute({
      query:
        '{ __schema { types { name fields(includeDeprecated: true) { name } } } __type(name: "Post") { fields { name } } }',
    })
    const text = JSON.stringify(data)
    expect(text).toContain('Query')
    expect(text).not.toContain('__required_')
    expect(graph.supergraphSdl).not.toContain('__required_')
    const guess =
      '{ feed { comments__required_0 } products { price__required_0 } media { reviews__required_0 { id } } }'
    await expect(ours.execute({ query: guess })).rejects.toThrow(/Cannot query field/)
    const error: unknown = await ours.execute({ query: '{ feed { comment } }' }).catch((cause) => cause)
    expect(String(error)).not.toContain('__required_')
  })

  test('an alias with the name of a synthetic field is a name like any other', async () => {
    const { ours } = gateways('posts')
    const aliases = Array.from({ length: 8 }, (_, n) => `comments__required_${n}: id`).join(' ')
    const { data, errors } = await ours.execute({
      query: `{ post(id: "p1") { commenters firstCommenter ${aliases} } }`,
    })
    expect(errors).toEqual([])
    expect(data).toEqual({
      post: {
        commenters: ['a1', 'a2', 'a3'],
        firstCommenter: ['a1'],
        ...Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`comments__required_${n}`, 'p1'])),
      },
    })
  })

  function gateways(name: GraphName) {
    const found = graphs.get(name)
    if (!found) throw new Error(`Expected the graph ${name} to run`)
    return found
  }
})
