import type { Graph } from './Graph.ts'

/**
 * Fields that require what requires something itself, back and forth between subgraphs: through lists, unions and nested entities, with arguments,
 * interfaces, and of values of entities.
 */
export const yardGraph: Graph = {
  name: 'yard',
  subgraphs: {
    docks: `
      union Moored = Ship | Crane
      type Ship @key(fields: "id") { id: ID! draught: Int @requires(fields: "load") load: Int @external berth: Berth
        toll(rate: Int = 1): Int @requires(fields: "draught2 crew { rank }") draught2: Int @external crew: [Sailor!] @external sister: Ship next: [[Ship]] }
      type Crane @key(fields: "id") { id: ID! load: Int @shareable reach: Int @requires(fields: "height") height: Int! @external }
      type Berth @key(fields: "quay { id } number") { quay: Quay! number: Int! depth: Int @requires(fields: "silt") silt: Int @external ship: Ship }
      type Quay @key(fields: "id") { id: ID! berths: [Berth!] moored: [Moored] }
      type Sailor @key(fields: "id") { id: ID! rank: Int @external }
      type Query { moored: [Moored!] ship: Ship quay: Quay }
      type Mutation { dock(at: ID!): Ship }
    `,
    cargo: `
      enum Unit { TON KILO }
      type Ship @key(fields: "id") { id: ID! load: Int weight(unit: Unit! = TON): Int draught: Int @external
        fee: Int @requires(fields: "draught") bill: Int @requires(fields: "fee2") fee2: Int @external
        papers: [String!] @requires(fields: "toll(rate: 2) berth { depth }") toll(rate: Int = 1): Int @external berth: Berth @external flag: String }
      type Berth @key(fields: "quay { id } number") { quay: Quay! number: Int! depth: Int @external silt: Int
        tariff: Float @requires(fields: "depth") stacks(first: Int): [Stack!] }
      type Quay @key(fields: "id") { id: ID! }
      type Stack { ship: Ship! height: Int of: Sailor }
      type Crane @key(fields: "id") { id: ID! height: Int! lifts: [Ship] @requires(fields: "reach") reach: Int @external load: Int @shareable }
      type Sailor @key(fields: "id") { id: ID! }
      type Query { ships(first: Int): [Ship] stack: Stack cranes: [Crane!] berth: Berth }
    `,
    crews: `
      interface Worker { id: ID! pay: Int name: String }
      type Sailor implements Worker @key(fields: "id") { id: ID! pay: Int @requires(fields: "rank") name: String rank: Int @external ship: Ship mates: [Worker!] }
      type Ship @key(fields: "id") { id: ID! draught2: Int @requires(fields: "weight(unit: KILO)") weight(unit: Unit! = TON): Int @external crew: [Sailor!]
        fee2: Int @requires(fields: "fee") fee: Int @external captain: Sailor mood: String @requires(fields: "captain2 { id pay }") captain2: Sailor @external }
      enum Unit { TON KILO }
      type Query { sailors: [[Sailor!]] worker: Worker flagship: Ship! }
    `,
    guild: `
      type Sailor @key(fields: "id") { id: ID! rank: Int @requires(fields: "years") years: Int @external pay: Int @external
        due: Int @requires(fields: "pay") }
      type Ship @key(fields: "id") { id: ID! captain2: Sailor @requires(fields: "flag") flag: String @external }
      type Query { captain: Sailor }
    `,
    years: `
      type Sailor @key(fields: "id") { id: ID! years: Int born: Int @requires(fields: "due") due: Int @external }
      type Query { eldest: [Sailor] }
    `,
  },
  keys: {
    Ship: { id: (n) => `ship${n}` },
    Crane: { id: (n) => `crane${n}` },
    Quay: { id: (n) => `quay${n}` },
    Berth: { quay: (n) => ({ typename: 'Quay', n: n >> 1 }), number: (n) => n % 2 },
    Sailor: { id: (n) => `sailor${n}` },
  },
}
