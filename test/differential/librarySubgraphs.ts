import { GraphQLError } from 'graphql'

const link = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${imports}])\n`

type Id = { id: string }
type Row = Record<string, unknown>

/** Five subgraphs of a library, with what makes federation hard: every kind of key, requirement and abstract type, nulls, lists of lists, failures. */
export const librarySubgraphs: readonly { name: string; sdl: string; resolvers: object }[] = [
  {
    name: 'catalog',
    sdl: `${link('"@key", "@shareable", "@inaccessible", "@provides", "@external", "@override"')}
      scalar JSON
      enum Genre { NOVEL ESSAY SECRET @inaccessible }
      interface Media @key(fields: "id") { id: ID! title: String! year: Int creator: Author }
      interface Printed { isbn: ID! pages: Int }
      type Book implements Media & Printed @key(fields: "id") @key(fields: "isbn") {
        id: ID! isbn: ID! title: String! year: Int creator: Author pages: Int weightGrams: Int genre: Genre price: Float
        tags: [String!] matrix: [[Int]] meta: JSON related: [Media] shelfMates: [[Book]] size: Size! format: String @shareable
        brief: Author @provides(fields: "name") length: Int
      }
      type Film implements Media @key(fields: "id") {
        id: ID! title: String! year: Int creator: Author minutes: Int! sequel: Film format: Int @shareable length: Int! @shareable
      }
      type Size @shareable { width: Int! height: Int! unit: String }
      type Author @key(fields: "id") { id: ID! name: String @external }
      type Edition @key(fields: "isbn publisher { code }") {
        isbn: ID! publisher: Publisher! printRun: Int
      }
      type Publisher @shareable { code: ID! }
      union SearchResult = Book | Film | Author
      type Query {
        book(id: ID!): Book
        bookByIsbn(isbn: ID!): Book
        books(first: Int = 3, genre: Genre): [Book!]!
        film(id: ID!): Film
        media(id: ID!): Media
        allMedia: [Media!]!
        search(term: String!): [SearchResult!]!
        shelves: [[Book]]
        printed: [Printed]
        editions: [Edition!]!
        broken: Book
        brokenList: [Book]
        strict: Book!
        echo(text: String, number: Int, input: EchoInput, list: [Int!]): String
      }
      input EchoInput { text: String = "none" nested: EchoInput flags: [Boolean!] genre: Genre }
      type Mutation { addBook(title: String!): Book! retitle(id: ID!, title: String!): Book }
    `,
    resolvers: catalogResolvers(),
  },
  {
    name: 'people',
    sdl: `${link('"@key", "@shareable"')}
      type Author @key(fields: "id") {
        id: ID! name: String @shareable email: String secret: String! address: Address mentor: Author pupils: [Author]
      }
      type Address { city: String! country: Country! lines: [String] }
      type Country { code: ID! name: String! }
      type Member @key(fields: "id") { id: ID! name: String! friends: [Member!] }
      type Query { author(id: ID!): Author authors: [Author] me: Member member(id: ID!): Member }
      type Mutation { renameMember(id: ID!, name: String!): Member }
    `,
    resolvers: peopleResolvers(),
  },
  {
    name: 'reviews',
    sdl: `${link('"@key", "@external", "@requires", "@shareable", "@provides"')}
      type Book @key(fields: "id") {
        id: ID! reviews(limit: Int = 2): [Review!] rating: Float pinned: Review!
        pages: Int @external size: Size! @external
        density: Float @requires(fields: "pages size { width height }")
      }
      type Size @shareable { width: Int! height: Int! unit: String }
      type Film @key(fields: "id") { id: ID! reviews: [Review!] length: Int @shareable }
      type Review @key(fields: "id") { id: ID! stars: Int! body: String subject: Subject reviewer: Member book: Book }
      union Subject = Book | Film
      type Member @key(fields: "id") { id: ID! reviews: [Review!] favourite: Book }
      type Query { review(id: ID!): Review latestReviews: [Review!]! }
      type Mutation { addReview(bookId: ID!, stars: Int!): Review }
    `,
    resolvers: reviewsResolvers(),
  },
  {
    name: 'popularity',
    sdl: `${link('"@key", "@interfaceObject"')}
      type Media @interfaceObject @key(fields: "id") { id: ID! popularity: Int rank: Rank }
      type Rank { place: Int! of: Int }
      type Query { topMedia: [Media!] }
    `,
    resolvers: {
      Media: {
        __resolveReference: ({ id }: Id) => (id === 'f2' ? null : { id }),
        popularity: ({ id }: Id) => Number(id.slice(1)) * 10,
        rank: ({ id }: Id) => (id === 'b3' ? null : { place: Number(id.slice(1)), of: 5 }),
      },
      Query: { topMedia: () => [{ id: 'b2' }, { id: 'f1' }, { id: 'b1' }] },
    },
  },
  {
    name: 'shipping',
    sdl: `${link('"@key", "@external", "@requires", "@shareable"')}
      type Book @key(fields: "isbn") {
        isbn: ID! weightGrams: Int @external
        shippingCents: Int @requires(fields: "weightGrams")
        warehouse: Warehouse
      }
      type Warehouse @key(fields: "code") { code: ID! city: String stock: [Stock!]! }
      type Stock { isbn: ID! amount: Int! book: Book }
      type Edition @key(fields: "isbn publisher { code }") { isbn: ID! publisher: Publisher! inStock: Boolean! }
      type Publisher @shareable { code: ID! }
      type Query { warehouses: [Warehouse!]! }
    `,
    resolvers: shippingResolvers(),
  },
]

function catalogResolvers(): object {
  const books: Row[] = [
    {
      id: 'b1',
      isbn: 'i1',
      title: 'Rivers',
      year: 1990,
      creator: { id: 'a1' },
      pages: 320,
      length: 4,
      weightGrams: 500,
      genre: 'NOVEL',
      price: 9.5,
      tags: ['a', 'b'],
      matrix: [[1, 2], null, [null, 3]],
      meta: { a: [1, { b: null }], __proto__x: 1 },
      format: 'paper',
    },
    {
      id: 'b2',
      isbn: 'i2',
      title: 'Tides',
      year: null,
      creator: { id: 'a2' },
      pages: null,
      weightGrams: null,
      genre: null,
      price: 12,
      tags: [],
      matrix: [],
      meta: 'text',
      format: null,
    },
    {
      id: 'b3',
      isbn: 'i3',
      title: 'Lakes',
      year: 2001,
      creator: null,
      pages: 100,
      weightGrams: 90,
      genre: 'ESSAY',
      price: null,
      tags: null,
      matrix: null,
      meta: null,
      format: 'audio',
    },
    {
      id: 'b4',
      isbn: 'i4',
      title: 'Wells',
      year: 2010,
      creator: { id: 'a4' },
      pages: 210,
      weightGrams: 250,
      genre: 'SECRET',
      price: 3.25,
      tags: ['c'],
      matrix: [[]],
      meta: 5,
      format: 'paper',
    },
  ]
  const films: Row[] = [
    { id: 'f1', title: 'Rain', year: 1977, creator: { id: 'a1' }, minutes: 98, format: 35, length: 0 },
    { id: 'f2', title: 'Snow', year: 1983, creator: { id: 'a3' }, minutes: 120, format: 70, length: 8 },
  ]
  const media = [...books, ...films]
  const byId = (id: unknown) => media.find((one) => one.id === id) ?? null
  const typeOf = (row: Row) => ('isbn' in row ? 'Book' : 'minutes' in row ? 'Film' : 'Author')
  return {
    Media: { __resolveType: typeOf, __resolveReference: ({ id }: Id) => byId(id) },
    Printed: { __resolveType: typeOf },
    SearchResult: { __resolveType: typeOf },
    Book: {
      __resolveReference: (key: Row) => books.find((one) => one.id === key.id || one.isbn === key.isbn) ?? null,
      related: ({ id }: Row) => (id === 'b3' ? null : [byId('f1'), null, byId('b2')]),
      shelfMates: ({ id }: Row) => (id === 'b1' ? [[byId('b2'), null], null, [byId('b3'), byId('b1')]] : []),
      size: ({ id }: Row) => ({ width: 10, height: Number(String(id).slice(1)), unit: 'cm' }),
      brief: ({ creator }: Row) => creator && { ...creator, name: 'Brief name' },
    },
    Film: {
      __resolveReference: ({ id }: Id) => films.find((one) => one.id === id) ?? null,
      sequel: ({ id }: Row) => (id === 'f1' ? byId('f2') : null),
    },
    Edition: {
      __resolveReference: (key: Row) => ({ ...key, printRun: 1_000 }),
    },
    Query: {
      book: (_: unknown, { id }: Id) => books.find((one) => one.id === id) ?? null,
      bookByIsbn: (_: unknown, { isbn }: Row) => books.find((one) => one.isbn === isbn) ?? null,
      books: (_: unknown, { first, genre }: { first: number; genre?: string }) =>
        books.filter((one) => !genre || one.genre === genre).slice(0, first),
      film: (_: unknown, { id }: Id) => films.find((one) => one.id === id) ?? null,
      media: (_: unknown, { id }: Id) => byId(id),
      allMedia: () => [books[0], films[0], books[1], films[1], books[2]],
      search: (_: unknown, { term }: { term: string }) =>
        term === 'none' ? [] : [books[0], { id: 'a1' }, films[0], { id: 'a4' }, books[1]],
      shelves: () => [[books[0], books[1]], [], null, [null, books[2]]],
      printed: () => [books[0], null, books[2]],
      editions: () => [
        { isbn: 'i1', publisher: { code: 'p1' }, printRun: 5 },
        { isbn: 'i1', publisher: { code: 'p2' }, printRun: null },
        { isbn: 'i1', publisher: { code: 'p1' }, printRun: 5 },
      ],
      broken: () => {
        throw new GraphQLError('The shelf fell over', { extensions: { code: 'SHELF_FELL' } })
      },
      brokenList: () => [books[0], new Error('No such book'), books[1]],
      strict: () => books[0],
      echo: (_: unknown, args: Row) => JSON.stringify(args),
    },
    Mutation: {
      addBook: (_: unknown, { title }: { title: string }) => ({ ...books[0], title }),
      retitle: (_: unknown, { id, title }: { id: string; title: string }) => {
        const book = byId(id)
        return book && { ...book, title }
      },
    },
  }
}

function peopleResolvers(): object {
  const authors: Row[] = [
    {
      id: 'a1',
      name: 'Ada',
      email: 'ada@library.example',
      secret: 's',
      address: { city: 'Ghent', country: { code: 'BE', name: 'Belgium' }, lines: ['1', null] },
    },
    { id: 'a2', name: null, email: null, secret: 's', address: null },
    { id: 'a3', name: 'Cid', email: null, secret: null, address: { city: 'Oslo', country: null, lines: null } },
  ]
  const members: Row[] = [
    { id: 'm1', name: 'Mia' },
    { id: 'm2', name: 'Max' },
    { id: 'm3', name: 'Mo' },
  ]
  const author = (id: unknown) => authors.find((one) => one.id === id) ?? null
  const member = (id: unknown) => members.find((one) => one.id === id) ?? null
  return {
    Author: {
      __resolveReference: ({ id }: Id) => author(id),
      email: ({ id, email }: Row) => {
        if (id === 'a2') throw new GraphQLError('No address of this author', { extensions: { code: 'NO_EMAIL' } })
        return email
      },
      mentor: ({ id }: Row) => (id === 'a1' ? author('a2') : id === 'a2' ? author('a3') : null),
      pupils: ({ id }: Row) => (id === 'a1' ? null : [author('a1'), null]),
    },
    Member: {
      __resolveReference: async ({ id }: Id) => {
        if (id === 'm3') throw new Error('Member m3 cannot be read')
        return member(id)
      },
      friends: ({ id }: Row) => members.filter((one) => one.id !== id),
    },
    Query: {
      author: (_: unknown, { id }: Id) => author(id),
      authors: () => [authors[0], null, authors[1], authors[2]],
      me: () => member('m1'),
      member: (_: unknown, { id }: Id) => member(id),
    },
    Mutation: {
      renameMember: (_: unknown, { id, name }: { id: string; name: string }) => {
        const found = member(id)
        return found && { ...found, name }
      },
    },
  }
}

function reviewsResolvers(): object {
  const reviews: Row[] = [
    { id: 'r1', stars: 5, body: 'Good', bookId: 'b1', reviewer: { id: 'm1' } },
    { id: 'r2', stars: 1, body: null, bookId: 'b1', reviewer: { id: 'm2' } },
    { id: 'r3', stars: 3, body: 'Meh', bookId: 'b2', reviewer: { id: 'm3' } },
    { id: 'r4', stars: 4, body: '"quoted" \\ \n \u2028', bookId: 'b1', reviewer: null },
    { id: 'r5', stars: 2, body: 'Film', filmId: 'f1', reviewer: { id: 'm1' } },
  ]
  return {
    Review: {
      __resolveReference: ({ id }: Id) => reviews.find((one) => one.id === id) ?? null,
      subject: ({ bookId, filmId }: Row) =>
        filmId ? { __typename: 'Film', id: filmId } : { __typename: 'Book', id: bookId },
      book: ({ bookId }: Row) => (bookId ? { id: bookId } : null),
    },
    Subject: { __resolveType: ({ __typename }: Row) => __typename },
    Book: {
      __resolveReference: (key: Row) => key,
      reviews: ({ id }: Row, { limit }: { limit: number }) =>
        id === 'b3' ? null : reviews.filter(({ bookId }) => bookId === id).slice(0, limit),
      rating: ({ id }: Row) => (id === 'b1' ? 3.5 : null),
      pinned: ({ id }: Row) => reviews.find(({ bookId }) => bookId === id) ?? null,
      density: ({ pages, size }: { pages: number | null; size: { width: number; height: number } }) =>
        pages === null ? -1 : pages / (size.width * size.height),
    },
    Film: {
      length: () => 1,
      reviews: ({ id }: Row) => reviews.filter(({ filmId }) => filmId === id),
    },
    Member: {
      reviews: ({ id }: Row) => reviews.filter(({ reviewer }) => (reviewer as Id | null)?.id === id),
      favourite: ({ id }: Row) => (id === 'm1' ? { id: 'b2' } : null),
    },
    Query: {
      review: (_: unknown, { id }: Id) => reviews.find((one) => one.id === id) ?? null,
      latestReviews: () => [...reviews].reverse(),
    },
    Mutation: {
      addReview: (_: unknown, { bookId, stars }: { bookId: string; stars: number }) => ({
        id: 'r9',
        stars,
        body: null,
        bookId,
        reviewer: { id: 'm2' },
      }),
    },
  }
}

function shippingResolvers(): object {
  const warehouses: Row[] = [
    {
      code: 'w1',
      city: 'Ghent',
      stock: [
        { isbn: 'i1', amount: 3 },
        { isbn: 'i2', amount: 0 },
        { isbn: 'i1', amount: 4 },
      ],
    },
    { code: 'w2', city: null, stock: [] },
  ]
  return {
    Book: {
      __resolveReference: (key: Row) => (key.isbn === 'i4' ? new Error('Not weighed') : key),
      shippingCents: ({ weightGrams }: Row) => (typeof weightGrams === 'number' ? weightGrams * 2 : null),
      warehouse: ({ isbn }: Row) => (isbn === 'i2' ? null : warehouses[0]),
    },
    Stock: { book: ({ isbn }: Row) => ({ isbn }) },
    Warehouse: { __resolveReference: ({ code }: Row) => warehouses.find((one) => one.code === code) ?? null },
    Edition: {
      __resolveReference: (key: Row) => key,
      inStock: ({ publisher }: { publisher: Row }) => publisher.code === 'p1',
    },
    Query: { warehouses: () => warehouses },
  }
}
