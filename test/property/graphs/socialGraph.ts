import type { Graph } from './Graph.ts'

/** Shared value types, unions and interfaces of plain objects, lists of lists, arguments of every kind, names that every object inherits. */
export const socialGraph: Graph = {
  name: 'social',
  subgraphs: {
    users: `
      scalar Any
      enum Mood { toString GLAD SAD }
      input Filter { mood: Mood = GLAD text: String ids: [ID!] nested: Filter ranges: [[Int!]] }
      interface Node { id: ID! }
      interface Actor { name: String! mood: Mood }
      type User implements Node & Actor @key(fields: "id") {
        id: ID! name: String! mood: Mood friends(filter: Filter, first: Int): [User!] boss: User profile: Profile @shareable
        constructor: String valueOf: Profile hasOwnProperty(toString: Int): Int settings: Any grid: [[[Int]!]] score: Int! @shareable
      }
      type Bot implements Node & Actor @key(fields: "id") { id: ID! name: String! mood: Mood owner: User maker: Actor! }
      type Profile @shareable { bio: String city: String avatar: Image links: [Link] }
      type Image @shareable { url: String! width: Int size: [Int] }
      union Link = Web | Mail
      type Web @shareable { url: String! title: String }
      type Mail @shareable { address: String! title: String }
      union Member = User | Bot
      type Query {
        me: User user(id: ID!): User users(filter: Filter = { mood: SAD }): [User] node: Node nodes: [[Node]] actors: [Actor!]
        member: Member members: [Member!]! echo(any: Any, list: [[Int!]], mood: Mood, flag: Boolean!, float: Float, text: String = "x"): String
        shared: Profile @shareable valueOf: Int
      }
      type Mutation { update(filter: Filter!): User set(mood: Mood!): Mood shout(text: String!): [Actor] }
    `,
    posts: `
      scalar Any
      type User @key(fields: "id") {
        id: ID! posts(tags: [String!]): [Post] profile: Profile @shareable score: Int @shareable name: String! @external mood: Mood @external
        intro: String @requires(fields: "name mood") top: Post
      }
      enum Mood { toString GLAD SAD }
      input Filter { mood: Mood = GLAD text: String ids: [ID!] nested: Filter ranges: [[Int!]] }
      type Profile @shareable { bio: String city: String avatar: Image links: [Link] }
      type Image @shareable { url: String! width: Int size: [Int] }
      union Link = Web | Mail
      type Web @shareable { url: String! title: String }
      type Mail @shareable { address: String! title: String }
      interface Node { id: ID! }
      type Post implements Node @key(fields: "id") { id: ID! text: String author: Author! replies: [[Post!]] target: Target body: [Block!] any: Any }
      union Author = User | Bot
      type Bot @key(fields: "id") { id: ID! posts: [Post!] }
      union Target = Post | User | Image
      interface Block { kind: String! }
      type Text implements Block { kind: String! text: String! by: User }
      type Picture implements Block { kind: String! image: Image! caption: Text }
      type Query { post: Post feed: [[Post]!] shared: Profile @shareable target: Target posts: [Post!] }
      type Mutation { publish(text: String): Post! }
    `,
    stats: `
      type User @key(fields: "id") { id: ID! stats: Stats profile: Profile @external trust: Float! @requires(fields: "profile { bio avatar { width } links { __typename ... on Web { url } ... on Mail { address } } }") }
      type Profile @external { bio: String avatar: Image links: [Link] }
      type Image @external { width: Int }
      union Link = Web | Mail
      type Web @external { url: String! }
      type Mail @external { address: String! }
      type Post @key(fields: "id") { id: ID! views: Int! stats: Stats! body: [Block!] @external words: Int @requires(fields: "body { __typename kind ... on Text { text } }") }
      interface Block { kind: String! }
      type Text implements Block @external { kind: String! text: String! }
      type Picture implements Block @external { kind: String! }
      type Stats { total: Int days: [[Int!]] best: User worst: Post! }
      type Bot @key(fields: "id") { id: ID! stats: Stats }
      type Query { stats: Stats leaders: [User] }
    `,
  },
  keys: {
    User: { id: (n) => `u${n}` },
    Bot: { id: (n) => `bot${n}` },
    Post: { id: (n) => `post${n}` },
  },
}
