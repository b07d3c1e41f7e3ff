import type { Graph } from './Graph.ts'

/**
 * Types that subgraphs know in part: unions, enums and inputs of which each has other members, an interface whose implementations are spread
 * over subgraphs, shared root fields, keys of keys; `@override` of what others require.
 */
export const townGraph: Graph = {
  name: 'town',
  subgraphs: {
    streets: `
      enum Kind { LANE ROAD SQUARE }
      input Where { near: ID kind: Kind within: Int }
      interface Place { id: ID! label: String }
      type House implements Place @key(fields: "id") { id: ID! label: String @shareable lot: Lot floors: [[Int!]] width: Int
        facade: String @requires(fields: "owner { nick }") owner: Resident @external value: Int }
      type Resident @key(fields: "house { id } nick", resolvable: false) { house: House! nick: ID! }
      type Park implements Place @key(fields: "id") { id: ID! label: String @shareable lot: Lot trees: Int! }
      type Street @key(fields: "town { id } name") { town: Town! name: ID! kind: Kind places(where: Where): [Place] crossing: [[Street]!] length: Float }
      type Town @key(fields: "id") { id: ID! }
      type Lot @shareable { size: Int corner: Point }
      type Point @shareable { x: Int! y: Int }
      union Sight = House | Park
      type Query { street: Street streets(where: Where = { within: 3 }): [Street!] place: Place sight: Sight @shareable town: Town @shareable }
      type Mutation { pave(where: Where!): Street }
    `,
    people: `
      input Where { near: ID within: Int }
      type House @key(fields: "id") { id: ID! colour: String @requires(fields: "width") width: Int @external value: Int @override(from: "streets")
        owner: Resident residents(where: Where): [Resident!] }
      type Resident @key(fields: "house { id } nick") { house: House! nick: ID! age: Int! friend: Resident favourite: Sight }
      type Statue @key(fields: "id") { id: ID! label: String @shareable of: Resident }
      union Sight = House | Statue
      interface Owned { owner: Resident }
      type Shop implements Owned @key(fields: "id") { id: ID! owner: Resident label: String @shareable }
      type Query { resident: Resident residents: [[Resident!]] sight: Sight @shareable sights: [Sight!] owned: [Owned] town: Town @shareable }
      type Town @key(fields: "id") { id: ID! mayor: Resident sights: [Sight] }
      type Mutation { move(to: ID!): Resident! }
    `,
    map: `
      enum Kind { LANE ROAD SQUARE }
      interface Place { id: ID! label: String }
      type Shop implements Place @key(fields: "id") { id: ID! label: String @shareable near: [Place!] lot: Lot }
      type Statue implements Place @key(fields: "id") { id: ID! label: String @shareable near: [Place!] }
      type Park implements Place @key(fields: "id") { id: ID! label: String @shareable area: Float @requires(fields: "lot { size corner { x } }") lot: Lot @external }
      type House implements Place @key(fields: "id") { id: ID! label: String @shareable value: Int @external owner: Resident @external
        price: Float @requires(fields: "value owner { age }") }
      type Lot @shareable { size: Int corner: Point }
      type Point @shareable { x: Int! y: Int }
      type Street @key(fields: "town { id } name") { town: Town! name: ID! kind: Kind @external tiles: [[[Int]]] sign: String! @requires(fields: "kind") shops: [Shop] ends: [Place!] }
      type Resident @key(fields: "house { id } nick") { house: House! nick: ID! age: Int! @external seen: [Place] pass: ID! @requires(fields: "age") }
      type Town @key(fields: "id") { id: ID! centre: Point streets: [Street!]! }
      type Query { nearest: Place nearby(first: Int!): [Place!] shop: Shop }
    `,
  },
  keys: {
    House: { id: (n) => `house${n}` },
    Park: { id: (n) => `park${n}` },
    Statue: { id: (n) => `statue${n}` },
    Shop: { id: (n) => `shop${n}` },
    Town: { id: (n) => `town${n}` },
    Street: { town: (n) => ({ typename: 'Town', n: n >> 1 }), name: (n) => `street${n % 2}` },
    Resident: { house: (n) => ({ typename: 'House', n: n % 2 }), nick: (n) => `nick${n >> 1}` },
  },
}
