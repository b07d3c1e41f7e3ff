import type { Graph } from './Graph.ts'

/** Entity interfaces with an `@interfaceObject`, unions with a hidden member, several keys, `@provides`, `@requires` of nested fields. */
export const mediaGraph: Graph = {
  name: 'media',
  subgraphs: {
    catalog: `
      scalar JSON
      enum Genre { NOVEL ESSAY HIDDEN @inaccessible }
      interface Media @key(fields: "id") { id: ID! title: String! year: Int maker: Person related(first: Int = 2, genre: Genre): [Media!] }
      interface Printed { isbn: ID! pages: Int twin: Printed }
      type Book implements Media & Printed @key(fields: "id") @key(fields: "isbn") {
        id: ID! isbn: ID! title: String! year: Int maker: Person related(first: Int = 2, genre: Genre): [Media!]
        pages: Int twin: Book weight: Float genre: Genre tags: [String!] matrix: [[Int]] extra: JSON
        shelf: [[Book]] format: String @shareable brief: Person @provides(fields: "name") length: Int hiddenNote: String @inaccessible
      }
      type Film implements Media @key(fields: "id") {
        id: ID! title: String! year: Int maker: Person related(first: Int = 2, genre: Genre): [Media!]
        minutes: Int! sequel: Film format: Int @shareable length: Int! @shareable
      }
      type Magazine implements Media & Printed @key(fields: "id") {
        id: ID! isbn: ID! title: String! year: Int maker: Person related(first: Int = 2, genre: Genre): [Media!] pages: Int twin: Printed
      }
      type Person @key(fields: "id") { id: ID! name: String @external }
      type Note @inaccessible { text: String }
      union Found = Book | Film | Person | Note
      type Query {
        book(id: ID!): Book books(first: Int = 3, genre: Genre): [Book!]! media: Media allMedia: [Media] shelves: [[Media!]]
        search(term: String): [Found] firstFound: Found printed: [Printed!] strict: Book!
      }
      type Mutation { addBook(title: String!): Book! retitle(id: ID!, title: String): Media }
    `,
    people: `
      type Person @key(fields: "id") {
        id: ID! name: String @shareable email: String address: Address mentor: Person pupils: [Person] languages: [[String]!]
      }
      type Address { city: String! country: Country! lines: [String] }
      type Country { code: ID! name: String! }
      type Query { person(id: ID!): Person people: [Person]! }
      type Mutation { rename(name: String!): Person }
    `,
    reviews: `
      type Book @key(fields: "id") {
        id: ID! reviews(limit: Int = 2): [Review!] rating: Float pinned: Review! pages: Int @external weight: Float @external
        density: Float @requires(fields: "pages weight")
      }
      type Film @key(fields: "id") { id: ID! reviews(limit: Int = 2): [Review!] length: Int @shareable maker: Person @external
        credit: String! @requires(fields: "maker { id }") }
      type Review @key(fields: "id") { id: ID! stars: Int! body: String subject: Subject reviewer: Person book: Book }
      union Subject = Book | Film
      type Person @key(fields: "id") { id: ID! reviews: [Review!] favourite: Subject address: Address @external
        greeting: String @requires(fields: "address { city country { name } }") }
      type Address @external { city: String! country: Country! }
      type Country @external { name: String! }
      type Query { review: Review latest: [Review!]! }
    `,
    popularity: `
      type Media @interfaceObject @key(fields: "id") {
        id: ID! popularity: Int rank: Rank fans: [Person!] title: String! @external shout: String @requires(fields: "title")
      }
      type Rank { place: Int! of: Int best: Media }
      type Person @key(fields: "id") { id: ID! likes: [Media!] }
      type Query { top: [Media!] hit: Media }
    `,
  },
  keys: {
    Book: { id: (n) => `b${n}`, isbn: (n) => `i${n}` },
    Film: { id: (n) => `f${n}` },
    Magazine: { id: (n) => `m${n}`, isbn: (n) => `j${n}` },
    Person: { id: (n) => `p${n}` },
    Review: { id: (n) => `r${n}` },
  },
}
