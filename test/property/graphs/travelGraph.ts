import type { Graph } from './Graph.ts'

/** Composite and nested keys, chains of keys over subgraphs, `@override`, hidden keys, requirements through a chain. */
export const travelGraph: Graph = {
  name: 'travel',
  subgraphs: {
    flights: `
      type Flight @key(fields: "airline { code } number") @key(fields: "ref") {
        ref: ID! number: Int! airline: Airline! from: Airport! to: Airport legs: [[Leg!]!] seats: Int status: Status
      }
      enum Status { OPEN CLOSED LATE }
      type Leg { minutes: Int! stop: Airport tags: [String] }
      type Airline @key(fields: "code") { code: ID! country: String alliance: [Airline] }
      type Airport @key(fields: "iata") { iata: ID! city: String runways: [Int!]! }
      type Query { flight(ref: ID!): Flight flights(status: Status = OPEN): [Flight] airport: Airport }
    `,
    prices: `
      type Flight @key(fields: "airline { code } number") {
        number: Int! airline: Airline! seats: Int @external legs: [[Leg!]!] @external status: Status @external
        fare(currency: String! = "EUR", people: [Int!]): Money
        load: Float @requires(fields: "seats status")
        path: String! @requires(fields: "legs { minutes stop { iata } }")
      }
      enum Status { OPEN CLOSED LATE }
      type Leg @external { minutes: Int! stop: Airport }
      type Airline @key(fields: "code") @shareable { code: ID! }
      type Airport @key(fields: "iata") { iata: ID! tax: Money! hotels(first: Int): [Hotel!] nearest: Hotel }
      type Money @shareable { amount: Float! currency: String }
      type Hotel @key(fields: "slug") @key(fields: "code") { slug: ID! code: ID! @inaccessible price: Money }
      type Query { cheapest: [Flight!] offers: [[Flight]!]! }
    `,
    hotels: `
      type Hotel @key(fields: "id") @key(fields: "slug") {
        id: ID! slug: ID! name: String! stars: Int airport: Airport old: String @override(from: "rooms") chain: Chain
      }
      type Chain @key(fields: "brand { id group { id } }") { brand: Brand! size: Int flagship: Hotel! }
      type Brand @shareable { id: ID! group: Group! }
      type Group @shareable { id: ID! }
      type Airport @key(fields: "iata") { iata: ID! }
      type Query { hotel(id: ID!): Hotel hotels: [Hotel] chain: Chain }
    `,
    rooms: `
      type Hotel @key(fields: "code") {
        code: ID! rooms: [Room] old: String stars: Int @external best: Room @requires(fields: "stars") suite: Room!
      }
      type Room { beds: Int! price: Money view: View hotel: Hotel! }
      interface View { metres: Int }
      type SeaView implements View { metres: Int beach: String! }
      type CityView implements View { metres: Int floor: Int noise: Float }
      type Money @shareable { amount: Float! currency: String }
      type Chain @key(fields: "brand { id group { id } }") { brand: Brand! perks: [String!] room: Room }
      type Brand @shareable { id: ID! group: Group! }
      type Group @shareable { id: ID! }
      type Query { rooms: [Room!] view: View }
    `,
  },
  keys: {
    Flight: { ref: (n) => `x${n}`, number: (n) => n % 2, airline: (n) => ({ typename: 'Airline', n: n >> 1 }) },
    Airline: { code: (n) => `a${n}` },
    Airport: { iata: (n) => `AP${n}` },
    Hotel: { id: (n) => `h${n}`, slug: (n) => `hotel-${n}`, code: (n) => `c${n}` },
    Chain: { brand: (n) => ({ typename: 'Brand', n }) },
    Brand: { id: (n) => `brand${n % 2}`, group: (n) => ({ typename: 'Group', n: n >> 1 }) },
    Group: { id: (n) => `group${n}` },
  },
}
