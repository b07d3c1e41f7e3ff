import type { Graph } from './Graph.ts'

/** Two interface objects over one interface, keys that only some subgraphs know, a shared list of value objects, hidden fields. */
export const shopGraph: Graph = {
  name: 'shop',
  subgraphs: {
    products: `
      interface Product @key(fields: "id") @key(fields: "sku { code }") { id: ID! sku: Sku! name: String maker: Company parts: [Product] cost: Money @inaccessible }
      type Sku @shareable { code: ID! }
      type Chair implements Product @key(fields: "id") @key(fields: "sku { code }") {
        id: ID! sku: Sku! name: String maker: Company parts: [Product] legs: Int! cost: Money @inaccessible shape: Shape }
      type Lamp implements Product @key(fields: "id") @key(fields: "sku { code }") {
        id: ID! sku: Sku! name: String maker: Company parts: [Product] watts: Float cost: Money @inaccessible shape: Shape bulb: Lamp! }
      type Sofa implements Product @key(fields: "id") @key(fields: "sku { code }") {
        id: ID! sku: Sku! name: String maker: Company parts: [Product] seats: [[Int]!] cost: Money @inaccessible }
      union Shape = Round | Square
      type Round { radius: Int! } type Square { side: Int label: String }
      type Money { cents: Int! }
      type Company @key(fields: "vat") { vat: ID! name: String! @shareable products: [Product!] }
      type Query { product: Product products(first: Int): [Product!] chair: Chair lamps: [Lamp] shapes: [Shape!] shape: Shape }
    `,
    stock: `
      type Product @interfaceObject @key(fields: "id") {
        id: ID! amount: Int! places: [Place!] cost: Money @external value: Float @requires(fields: "cost { cents }") substitute: Product
      }
      type Money @external { cents: Int! }
      type Place @key(fields: "shop { id } aisle") { shop: Shop! aisle: Int! }
      type Shop @shareable { id: ID! }
      type Query { scarce: [Product] place: Place products2: [[Product!]] }
    `,
    offers: `
      type Product @interfaceObject @key(fields: "sku { code }") {
        sku: Sku! discount: Float bundle: [Product!] name: String @external slogan: String! @requires(fields: "name") offer: Offer
      }
      type Sku @shareable { code: ID! }
      type Offer @key(fields: "code") { code: ID! about: Product company: Company @provides(fields: "name") until: String }
      type Company @key(fields: "vat") { vat: ID! name: String! @external offers: [Offer] }
      type Query { offer(code: ID!): Offer offers: [Offer!]! bargain: Product }
    `,
    places: `
      type Place @key(fields: "shop { id } aisle") { shop: Shop! aisle: Int! level: Int neighbours: [Place] manager: Company }
      type Shop @shareable { id: ID! }
      type Company @key(fields: "vat") { vat: ID! city: String places: [[Place!]] }
      type Offer @key(fields: "code") { code: ID! place: Place stamps: [Int] }
      type Query { places: [Place!] company: Company }
    `,
  },
  keys: {
    Chair: { id: (n) => `chair${n}`, sku: (n) => ({ typename: 'Sku', n }) },
    Lamp: { id: (n) => `lamp${n}`, sku: (n) => ({ typename: 'Sku', n: n + 10 }) },
    Sofa: { id: (n) => `sofa${n}`, sku: (n) => ({ typename: 'Sku', n: n + 20 }) },
    Sku: { code: (n) => `sku${n}` },
    Company: { vat: (n) => `vat${n}` },
    Place: { shop: (n) => ({ typename: 'Shop', n: n >> 1 }), aisle: (n) => n % 2 },
    Shop: { id: (n) => `shop${n}` },
    Offer: { code: (n) => `offer${n}` },
  },
}
