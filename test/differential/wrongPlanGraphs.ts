import { GraphQLError } from 'graphql'
import type { serveSubgraph } from './serveSubgraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@external", "@requires", "@provides", "@shareable", "@interfaceObject", "@inaccessible"])\n`

/** Graphs that Apollo's planner makes wrong plans of. What a subgraph gets by `@requires`, it gives back, so that answers tell. */
export const wrongPlanGraphs = { keys, posts, prices, media, externals, emptyInterface, aliases } satisfies Record<
  string,
  () => readonly Parameters<typeof serveSubgraph>[0][]
>

/** `stock` can be entered by `code`, and is given an `id` that it cannot be entered by. */
function keys() {
  const items = [
    { id: '1', code: { country: 'de', number: '11' } },
    { id: '2', code: { country: 'fr', number: '22' } },
  ]
  return [
    {
      name: 'shop',
      sdl: `${link} type Query { cart: Cart } type Cart @key(fields: "id") { id: ID! items: [Item!]! }
        type Item @key(fields: "id") { id: ID! code: Code! @shareable }
        type Code @shareable { country: ID! number: ID! }`,
      resolvers: {
        Query: { cart: () => ({ id: 'c', items }) },
        Item: { __resolveReference: ({ id }: { id: string }) => items.find((item) => item.id === id) },
      },
    },
    {
      name: 'stock',
      sdl: `${link} type Item @key(fields: "id", resolvable: false) @key(fields: "code { country number }") {
          id: ID! code: Code! @shareable name: String! @external label: String @requires(fields: "name") }
        type Code @shareable { country: ID! number: ID! }`,
      resolvers: {
        Item: {
          __resolveReference({ code, name }: { code?: { country: string; number: string }; name: string }) {
            if (!code) throw new Error('Expected a code')
            const item = items.find((one) => one.code.number === code.number && one.code.country === code.country)
            return item && { ...item, name }
          },
          label: ({ code, name }: { code: { country: string }; name: string }) => `${name} from ${code.country}`,
        },
      },
    },
    {
      name: 'names',
      sdl: `${link} type Item @key(fields: "id") { id: ID! name: String! }`,
      resolvers: { Item: { name: ({ id }: { id: string }) => `item ${id}` } },
    },
  ]
}

type Ref<Key extends string = never> = { id: string } & { [key in Key]?: unknown }
const idsOf = (value: unknown, key = 'id'): unknown[] | undefined =>
  Array.isArray(value) ? value.map((one: Record<string, unknown>) => one[key]) : undefined

/** Requirements with arguments, local and remote, nested, with defaults and without. */
function posts() {
  const posts = ['p1', 'p2']
  const comments = posts.flatMap((post) => [1, 2, 3, 4].map((n) => ({ id: `${post}c${n}`, authorId: `a${n}`, post })))
  const commentsOf = (post: string, limit: number) => comments.filter((one) => one.post === post).slice(0, limit)
  return [
    {
      name: 'feed',
      sdl: `${link} type Query { feed: [Post] post(id: ID!): Post } type Mutation { publish(id: ID!): Post }
        type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] @external
          replies(limit: Int = 2, order: [Order!], page: Page): [ID!] @external
          replyIds: [ID!] @requires(fields: "replies")
          lastReplyIds: [ID!] @requires(fields: "replies(order: [DESC] limit: 3, page: { after: \\"p1r3\\" })") }
        type Comment @key(fields: "id") { id: ID! authorId: ID related: [Post] @external
          relatedIds: [[ID]] @requires(fields: "related { comments(limit: 2) { id } }") }
        enum Order { ASC DESC } input Page { after: ID }`,
      resolvers: {
        Query: { feed: () => posts.map((id) => ({ id })), post: (_: unknown, { id }: Ref) => ({ id }) },
        Mutation: { publish: (_: unknown, { id }: Ref) => ({ id }) },
        Post: {
          __resolveReference: (ref: Ref) => ref,
          comments: () => {
            throw new Error('These are not ours')
          },
          replyIds: ({ replies }: Ref<'replies'>) => replies,
          lastReplyIds: ({ replies }: Ref<'replies'>) => replies,
        },
        Comment: {
          __resolveReference: (ref: Ref) => ref,
          authorId: ({ id }: Ref) => comments.find((one) => one.id === id)?.authorId,
          relatedIds: ({ related }: Ref<'related'>) =>
            Array.isArray(related) ? related.map((post: { comments: unknown }) => idsOf(post.comments)) : null,
        },
      },
    },
    {
      name: 'comments',
      sdl: `${link} type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment]
          commenters: [ID] @requires(fields: "comments(limit: 3) { authorId }")
          firstCommenter: [ID] @requires(fields: "comments(limit: 1) { authorId }")
          replies(limit: Int = 2, order: [Order!], page: Page): [ID!] strict: Int @requires(fields: "checked(level: 9)")
          checked(level: Int!): Int @external }
        type Comment @key(fields: "id") { id: ID! authorId: ID @external related: [Post] }
        enum Order { ASC DESC } input Page { after: ID }`,
      resolvers: {
        Post: {
          __resolveReference: (ref: Ref) => ref,
          comments: ({ id }: Ref, { limit }: { limit: number }) => commentsOf(id, limit).map((one) => ({ id: one.id })),
          commenters: ({ comments: given }: Ref<'comments'>) => idsOf(given, 'authorId'),
          firstCommenter: ({ comments: given }: Ref<'comments'>) => idsOf(given, 'authorId'),
          replies: (
            { id }: Ref,
            { limit, order, page }: { limit: number; order?: string[]; page?: { after: string } },
          ) =>
            [1, 2, 3]
              .map((n) => `${id}r${n}${order?.[0] === 'DESC' ? 'down' : ''}${page?.after ?? ''}`)
              .slice(0, limit),
          strict: ({ checked }: Ref<'checked'>) => checked,
        },
        Comment: {
          __resolveReference: (ref: Ref) => ref,
          related: ({ id }: Ref) => posts.filter((post) => !id.startsWith(post)).map((post) => ({ id: post })),
        },
      },
    },
    {
      name: 'checks',
      sdl: `${link} type Post @key(fields: "id") { id: ID! checked(level: Int!): Int }`,
      resolvers: {
        Post: {
          checked: ({ id }: Ref, { level }: { level: number }) => {
            if (level > 5 && id === 'p2') throw new GraphQLError('Too strict', { extensions: { code: 'STRICT' } })
            return level
          },
        },
      },
    },
  ]
}

/** Two and more `@requires` on one field with different arguments. */
function prices() {
  const rates: Record<string, number> = { USD: 1, EUR: 2, GBP: 3 }
  return [
    {
      name: 'catalog',
      sdl: `${link} type Query { products: [Product] }
        type Product @key(fields: "upc") { upc: ID! price(currency: String!): Int weight: Int category: Category }
        type Category { averagePrice(currency: String!): Int }`,
      resolvers: {
        Query: { products: () => [{ upc: 'u1' }, { upc: 'u2' }] },
        Product: {
          weight: ({ upc }: { upc: string }) => Number(upc.slice(1)),
          price: ({ upc }: { upc: string }, { currency }: { currency: string }) =>
            Number(upc.slice(1)) * 10 * (rates[currency] ?? 0),
          category: () => ({}),
        },
        Category: { averagePrice: (_: unknown, { currency }: { currency: string }) => 100 * (rates[currency] ?? 0) },
      },
    },
    {
      name: 'shipping',
      sdl: `${link} type Product @key(fields: "upc") { upc: ID! price(currency: String!): Int @external weight: Int @external
          category: Category @external
          usd(times: Int = 1): Int @requires(fields: "price(currency: \\"USD\\") weight")
          eur(times: Int = 1): Int @requires(fields: "price(currency: \\"EUR\\") weight category { averagePrice(currency: \\"USD\\") }")
          gbp: Int @requires(fields: "category { averagePrice(currency: \\"GBP\\") }")
          name: String }
        type Category @external { averagePrice(currency: String!): Int }`,
      resolvers: {
        Product: {
          usd: ({ price, weight }: { price: number; weight: number }, { times }: { times: number }) =>
            price * weight * times,
          eur: (
            given: { price: number; weight: number; category: { averagePrice: number } },
            { times }: { times: number },
          ) => given.price * given.weight * times + given.category.averagePrice,
          gbp: ({ category }: { category: { averagePrice: number } }) => category.averagePrice,
          name: ({ upc }: { upc: string }) => `product ${upc}`,
        },
      },
    },
  ]
}

/** Interfaces, interface objects, and a field with arguments that provides. */
function media() {
  const media = [
    { __typename: 'Book', id: 'm1' },
    { __typename: 'Film', id: 'm2' },
  ]
  const reviewsOf = (id: string, limit: number) => [1, 2, 3].slice(0, limit).map((n) => ({ id: `${id}r${n}` }))
  const reviews = ({ id }: Ref, { limit }: { limit: number }) =>
    reviewsOf(id, limit).map((one) => ({ ...one, reviewer: { id: `${one.id}u`, name: `${one.id} provided` } }))
  return [
    {
      name: 'library',
      sdl: `${link} type Query { media: [Media!]! shelf: Shelf } type Shelf @key(fields: "id") { id: ID! media: [Media!]! }
        interface Media @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] }
        type Book implements Media @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] @provides(fields: "reviewer { name }") }
        type Film implements Media @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] @provides(fields: "reviewer { name }") }
        type Review @key(fields: "id") { id: ID! reviewer: Reviewer } type Reviewer @key(fields: "id") { id: ID! name: String @external }`,
      resolvers: {
        Query: { media: () => media, shelf: () => ({ id: 's', media }) },
        Shelf: { media: () => media },
        Media: { __resolveReference: ({ id }: Ref) => media.find((one) => one.id === id) },
        Book: { __resolveReference: ({ id }: Ref) => media.find((one) => one.id === id), reviews },
        Film: { __resolveReference: ({ id }: Ref) => media.find((one) => one.id === id), reviews },
      },
    },
    {
      name: 'people',
      sdl: `${link} type Reviewer @key(fields: "id") { id: ID! name: String @shareable }`,
      resolvers: { Reviewer: { name: ({ id }: Ref) => `${id} of people` } },
    },
    {
      name: 'shelves',
      sdl: `${link} type Shelf @key(fields: "id") { id: ID! media: [Media!]! @external
          reviewIds: [[ID]] @requires(fields: "media { reviews(limit: 2) { id } }")
          bookReviewIds: [[ID]] @requires(fields: "media { __typename ... on Book { reviews(limit: 3) { id } } }") }
        interface Media { id: ID! reviews(limit: Int!): [Review!] }
        type Book implements Media @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] @external
          names: [String] @requires(fields: "reviews(limit: 2) { reviewer { name } }") }
        type Film implements Media @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] @external
          names: [String] @requires(fields: "reviews(limit: 1) { reviewer { name } }") }
        type Review @key(fields: "id") { id: ID! reviewer: Reviewer @external }
        type Reviewer @key(fields: "id") { id: ID! name: String @external }`,
      resolvers: {
        Shelf: {
          reviewIds: ({ media: given }: { media: { reviews: unknown }[] }) => given.map((one) => idsOf(one.reviews)),
          bookReviewIds: ({ media: given }: { media: { __typename: string; reviews?: unknown }[] }) =>
            given.map((one) => idsOf(one.reviews) ?? [one.__typename]),
        },
        Book: { names },
        Film: { names },
      },
    },
    {
      name: 'summaries',
      sdl: `${link} type Media @interfaceObject @key(fields: "id") { id: ID! reviews(limit: Int!): [Review!] @external
          summary: String @requires(fields: "reviews(limit: 2) { id }")
          short: String @requires(fields: "reviews(limit: 1) { id }") }
        type Review @key(fields: "id") { id: ID! }`,
      resolvers: {
        Media: {
          summary: ({ reviews: given }: Ref<'reviews'>) => `of ${idsOf(given)?.join(' ')}`,
          short: ({ reviews: given }: Ref<'reviews'>) => `of ${idsOf(given)?.join(' ')}`,
        },
      },
    },
  ]

  function names({ reviews: given }: { reviews: { reviewer: { name: string } }[] }) {
    return given.map((one) => one.reviewer.name)
  }
}

/** `pins` requires a field of its own of which `feed` only knows the name, because it requires it too. */
function externals() {
  return [
    {
      name: 'feed',
      sdl: `${link} type Query { feed: [Post] } type Post @key(fields: "id") { id: ID! pinned: Comment @external
          pinnedId: ID @requires(fields: "pinned { id }") } type Comment @key(fields: "id") { id: ID! authorId: ID }`,
      resolvers: {
        Query: { feed: () => [{ id: 'p1' }] },
        Post: { pinnedId: ({ pinned }: { pinned: Ref }) => pinned.id },
        Comment: { authorId: ({ id }: Ref) => `author of ${id}` },
      },
    },
    {
      name: 'pins',
      sdl: `${link} type Post @key(fields: "id") { id: ID! pinned: Comment author: ID @requires(fields: "pinned { authorId }") }
        type Comment @key(fields: "id") { id: ID! authorId: ID @external }`,
      resolvers: {
        Post: {
          pinned: ({ id }: Ref) => ({ id: `${id}c1` }),
          author: ({ pinned }: { pinned: { authorId: string } | null }) => pinned?.authorId,
        },
      },
    },
  ]
}

/** Nothing implements `Node`: its one subgraph that knows more than the `id` cannot be entered. */
function emptyInterface() {
  return [
    {
      name: 'nodes',
      sdl: `${link} type Query { version: Int } interface Node @key(fields: "id") { id: ID! title: String }`,
      resolvers: { Query: { version: () => 7 } },
    },
    {
      name: 'search',
      sdl: `${link} type Query { best: Node surely: Node! holder: Holder } type Holder { size: Int node: Node }
        type Node @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: {
          best: () => ({ id: 'n1' }),
          surely: () => ({ id: 'n1' }),
          holder: () => ({ size: 3, node: { id: 'n1' } }),
        },
      },
    },
  ]
}

/** Aliases of clients that are the names of other fields, which the planner needs. */
function aliases() {
  return [
    {
      name: 'accounts',
      sdl: `${link} type Query { me: User } type User @key(fields: "id") { id: ID! name: String email: String }`,
      resolvers: {
        Query: { me: () => ({ id: '1', name: 'Ann', email: 'ann@example.org' }) },
        User: { __resolveReference: ({ id }: Ref) => ({ id, name: 'Ann', email: 'ann@example.org' }) },
      },
    },
    {
      name: 'greetings',
      sdl: `${link} type User @key(fields: "id") { id: ID! name: String @external
        greeting(word: String = "Hello"): String @requires(fields: "name") secret: String }`,
      resolvers: {
        User: {
          greeting: ({ id, name }: Ref<'name'>, { word }: { word: string }) => `${word} ${name} (${id})`,
          secret: () => {
            throw new Error('No secrets')
          },
        },
      },
    },
  ]
}
