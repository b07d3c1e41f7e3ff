import type { Graph } from './Graph.ts'

/**
 * `@requires` with arguments: several of one field, with defaults, nested, on interfaces, unions and interface objects, chained from one to the
 * other; `@provides` on interfaces, unions, lists, and fields with arguments; keys that cannot be resolved; mutations of two subgraphs.
 */
export const forumGraph: Graph = {
  name: 'forum',
  subgraphs: {
    posts: `
      enum Unit { KM MILES } enum Order { NEW OLD }
      interface Titled { title: String }
      interface Item implements Titled @key(fields: "id") {
        id: ID! title: String comments(limit: Int!, order: Order = NEW): [Comment!] score(unit: Unit!): Float author: User }
      type Post implements Item & Titled @key(fields: "id") {
        id: ID! title: String comments(limit: Int!, order: Order = NEW): [Comment!] score(unit: Unit!): Float author: User
        body: String views: Int quotes(limit: Int = 2): [Item] next: Post! length: Int editor(role: Unit): User @provides(fields: "name") }
      type Poll implements Item & Titled @key(fields: "id") {
        id: ID! title: String comments(limit: Int!, order: Order = NEW): [Comment!] score(unit: Unit!): Float author: User
        options: [[String!]!] voters(first: Int): [User!] @provides(fields: "name home { city }") length: Int! }
      type Comment @key(fields: "id") { id: ID! parent: Item by: Writer @provides(fields: "... on User { name }") }
      union Writer = User | Guest
      type Guest { nick: String! }
      type User @key(fields: "id") { id: ID! name: String @external home: Home @external }
      type Home { city: String @external }
      type Board @key(fields: "id") { id: ID! items(kind: Order = OLD): [Item!] pinned: Item rules: [Rule] }
      union Rule = Text | Post
      type Text { text(length: Int = 5): String! post: Post }
      type Query { feed: [Post] item: Item items(first: Int = 2): [[Item!]] comment: Comment board: Board titled: [Titled] }
      type Mutation { publish(title: String!): Post! ask(title: String): Item }
    `,
    talk: `
      enum Unit { KM MILES } enum Order { NEW OLD }
      type Comment @key(fields: "id") { id: ID! body(length: Int): String! likes: Int replies(limit: Int! = 1): [Comment] parent: Item @external
        context: String @requires(fields: "parent { title score(unit: MILES) }") }
      interface Item { id: ID! title: String score(unit: Unit!): Float }
      type Post implements Item @key(fields: "id") {
        id: ID! title: String @external score(unit: Unit!): Float @external comments(limit: Int!, order: Order = NEW): [Comment!] @external
        digest: String @requires(fields: "comments(limit: 2) { body(length: 3) likes }")
        longDigest(times: Int): String @requires(fields: "comments(limit: 3, order: OLD) { id body } title")
        miles: Float @requires(fields: "score(unit: MILES)") km: Float! @requires(fields: "score(unit: KM)")
        both: [Float] @requires(fields: "score(unit: KM) title") weight: Int @requires(fields: "heat") }
      type Poll implements Item @key(fields: "id") {
        id: ID! title: String @external score(unit: Unit!): Float @external km: Float @requires(fields: "score(unit: KM)") }
      extend type Post { heat: Int @external }
      type Query { latest(first: Int): [Comment!]! }
      type Mutation { reply(to: ID!, body: String): Comment like(id: ID!): Int }
    `,
    boards: `
      enum Unit { KM MILES } enum Order { NEW OLD }
      type Board @key(fields: "id") { id: ID! name: String! items(kind: Order = OLD): [Item!] @external pinned: Item @external rules: [Rule] @external
        titles: String @requires(fields: "items { title score(unit: KM) }")
        newTitles: String @requires(fields: "items(kind: NEW) { __typename title ... on Poll { options } ... on Post { comments(limit: 1) { id } } }")
        pinnedTitle: String @requires(fields: "pinned { title }") parent: Board boards: [[Board]!]
        code: String @requires(fields: "rules { __typename ... on Text { text(length: 9) } ... on Post { title body } }") }
      interface Item { id: ID! title: String score(unit: Unit!): Float }
      type Post implements Item @key(fields: "id") { id: ID! title: String @external score(unit: Unit!): Float @external body: String @external
        comments(limit: Int!, order: Order = NEW): [Comment!] @external board: Board }
      type Poll implements Item @key(fields: "id") { id: ID! title: String @external score(unit: Unit!): Float @external options: [[String!]!] @external board: Board! }
      type Comment @key(fields: "id") { id: ID! }
      union Rule = Text | Post
      type Text @external { text(length: Int = 5): String! }
      type Query { boards: [Board!] home: Board! }
    `,
    ranks: `
      enum Unit { KM MILES } enum Order { NEW OLD }
      type Item @interfaceObject @key(fields: "id") { id: ID! score(unit: Unit!): Float @external comments(limit: Int!, order: Order = NEW): [Comment!] @external
        heat: Int @requires(fields: "score(unit: KM)") buzz: String @requires(fields: "comments(limit: 1) { likes }")
        place: Int rivals(first: Int): [Item!] warm: Boolean @requires(fields: "heat2") heat2: Int @external }
      type Comment @key(fields: "id") { id: ID! likes: Int @external }
      type Query { hottest: [Item!] }
    `,
    heats: `
      type Item @interfaceObject @key(fields: "id") { id: ID! heat2: Int @requires(fields: "place") place: Int @external }
      type User @key(fields: "id", resolvable: false) @key(fields: "email") {
        id: ID! email: ID! @shareable trust: Int name: String @external greeting: String @requires(fields: "name") idol: User }
      type Query { stars: [User] }
    `,
    users: `
      type User @key(fields: "id") @key(fields: "email") {
        id: ID! email: ID! @shareable name: String @shareable home: Home @shareable pals(first: Int): [User] karma(of: Int = 1): Int }
      type Home { city: String @shareable street: String neighbours: [User!] }
      type Query { user(id: ID!): User users: [User!]! }
    `,
  },
  keys: {
    Post: { id: (n) => `post${n}` },
    Poll: { id: (n) => `poll${n}` },
    Comment: { id: (n) => `c${n}` },
    User: { id: (n) => `u${n}`, email: (n) => `mail${n}` },
    Board: { id: (n) => `board${n}` },
  },
}
