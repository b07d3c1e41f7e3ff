export type TestOperation = { query: string; variables?: Record<string, unknown>; operationName?: string }

/** Operations over the library, by what they show. */
export const operations: Readonly<Record<string, TestOperation>> = {
  'one field': { query: '{ book(id: "b1") { title } }' },
  'a null root': { query: '{ book(id: "nope") { title reviews { stars } } }' },
  'scalars of all kinds': { query: '{ books { id isbn title year pages genre price tags matrix meta } }' },
  'an enum value that clients do not know': { query: '{ book(id: "b4") { title genre } }' },
  'root fields of several subgraphs': {
    query: '{ me { name } warehouses { code } latestReviews { id } book(id: "b2") { title } }',
  },
  'a list over two subgraphs': { query: '{ books { title reviews { stars body } } }' },
  'three subgraphs deep': { query: '{ books { title reviews { stars reviewer { name friends { name } } } } }' },
  'four subgraphs deep': {
    query: '{ books { reviews { reviewer { reviews { book { title shippingCents warehouse { city } } } name } } } }',
  },
  'a circle': { query: '{ me { reviews { book { reviews { reviewer { id name reviews { id } } } } } } }' },
  'entities that are null': { query: '{ books(first: 4) { title creator { id name email } } }' },
  'an entity that nobody knows': { query: '{ book(id: "b4") { creator { id name } } }' },
  'a failing field of one entity': { query: '{ books { creator { name email } } }' },
  'a failing entity of several': { query: '{ latestReviews { id reviewer { name } } }' },
  'a failing entity with a non-null field': { query: '{ latestReviews { reviewer { id name friends { id } } } }' },
  'a failing entity by another key': { query: '{ books(first: 4) { isbn shippingCents } }' },
  'a root field that fails': { query: '{ broken { title } me { name } }' },
  'items that fail': { query: '{ brokenList { title reviews { stars } } }' },
  'null in a non-null field': { query: '{ author(id: "a3") { name secret } me { id } }' },
  'null deep in non-null fields': { query: '{ authors { name address { city country { code name } lines } } }' },
  'null in a non-null field of an entity': { query: '{ books { title creator { secret name } } }' },
  'null in a non-null field of an entity in a list': { query: '{ books { title pinned { stars } } }' },
  'a non-null chain up to data': { query: '{ strict { title pinned { stars } } }' },
  'nullable lists with nulls': { query: '{ authors { name mentor { name } pupils { name mentor { name } } } }' },
  'lists of lists': { query: '{ shelves { title } }' },
  'lists of lists over subgraphs': { query: '{ shelves { title reviews { stars } creator { name } } }' },
  'lists of lists within entities': {
    query: '{ books { shelfMates { title rating shelfMates { isbn shippingCents } } } }',
  },
  'an empty list': {
    query: '{ search(term: "none") { __typename ... on Book { title } } film(id: "f2") { reviews { id } } }',
  },
  aliases: { query: '{ one: book(id: "b1") { name: title t: title } two: book(id: "b2") { name: title } }' },
  'aliases across subgraphs': {
    query: '{ x: books { y: reviews { z: stars w: reviewer { v: name } } rv: reviews(limit: 1) { stars } } }',
  },
  'an alias that is another field': { query: '{ books { title: isbn isbn: title pages: year } }' },
  'an alias of a key': { query: '{ books { key: id reviews { number: id reviewer { who: id name } } } }' },
  'one field twice with other arguments': {
    query: '{ book(id: "b1") { a: reviews(limit: 1) { id } b: reviews(limit: 3) { id stars } } }',
  },
  'fields that merge': {
    query: '{ book(id: "b1") { creator { name } title creator { id email } title } book(id: "b1") { year } }',
  },
  'fields that merge through fragments': {
    query:
      '{ books { ...A ...B } } fragment A on Book { reviews { stars } title } fragment B on Book { title reviews { reviewer { name } } }',
  },
  'nested fragments': {
    query:
      '{ me { ...M } } fragment M on Member { name friends { ...F } } fragment F on Member { id reviews { ...R } } fragment R on Review { stars book { title } }',
  },
  'an interface': { query: '{ allMedia { id title year } }' },
  'an interface with type conditions': {
    query: '{ allMedia { title ... on Book { isbn pages } ... on Film { minutes sequel { title } } } }',
  },
  'an interface across subgraphs': {
    query:
      '{ allMedia { __typename title creator { name } ... on Book { reviews { stars } } ... on Film { reviews { body } } } }',
  },
  'a fragment on an interface': {
    query: '{ books { ...M } film(id: "f1") { ...M } } fragment M on Media { title creator { name } }',
  },
  'another interface': {
    query: '{ printed { isbn pages ... on Book { title shippingCents ... on Media { year } } } }',
  },
  'one alias of two types': { query: '{ allMedia { ... on Book { size: pages } ... on Film { size: year } } }' },
  'one field of types that do not merge': {
    query: '{ allMedia { ... on Book { format } ... on Film { runtime: format } } }',
  },
  'a union': {
    query:
      '{ search(term: "x") { __typename ... on Book { title } ... on Author { name email } ... on Film { title minutes } } }',
  },
  'a union with a fragment on an interface': {
    query: '{ search(term: "x") { ... on Media { id title popularity } ... on Author { id } } }',
  },
  'a union of two subgraphs': {
    query:
      '{ latestReviews { subject { __typename ... on Book { title isbn } ... on Film { title sequel { reviews { id } } } } } }',
  },
  'a union without a match': { query: '{ search(term: "x") { ... on Film { minutes } } }' },
  'nulls in lists of interfaces': {
    query: '{ books { related { title ... on Book { rating } ... on Film { minutes } } } }',
  },
  '__typename everywhere': {
    query:
      '{ __typename books { __typename title reviews { __typename reviewer { __typename name } } creator { __typename id } } }',
  },
  '__typename alone': { query: '{ __typename }' },
  '__typename under an alias': {
    query:
      '{ kind: __typename allMedia { kind: __typename ... on Book { sort: __typename reviews { kind: __typename } } } }',
  },
  'an interface object': { query: '{ topMedia { id popularity rank { place of } } }' },
  'an interface object with its types': {
    query:
      '{ topMedia { __typename popularity title ... on Book { isbn reviews { stars } } ... on Film { minutes } } }',
  },
  'fields of an interface object': {
    query: '{ allMedia { title popularity rank { place } } film(id: "f2") { title popularity } }',
  },
  'fields of an interface object on a type': {
    query: '{ books(first: 4) { title popularity rank { of } rating } media(id: "b1") { popularity } }',
  },
  'a required field': { query: '{ books { shippingCents } }' },
  'a required field by the first key': { query: '{ latestReviews { book { shippingCents } } }' },
  'nested required fields': { query: '{ books { density } latestReviews { book { density title } } }' },
  'required and selected': { query: '{ books { pages size { unit width } density weightGrams shippingCents } }' },
  'provided fields': { query: '{ books { brief { name } } }' },
  'provided fields and others': { query: '{ books { brief { name id email } creator { name } } }' },
  'composite and nested keys': { query: '{ editions { isbn publisher { code } printRun inStock } }' },
  'an entity by its second key': { query: '{ warehouses { city stock { amount book { title reviews { stars } } } } }' },
  'duplicates in a list': { query: '{ warehouses { stock { isbn book { isbn title creator { name } } } } }' },
  'a variable': { query: 'query ($id: ID!) { book(id: $id) { title } }', variables: { id: 'b2' } },
  'a number for an ID': { query: 'query ($id: ID!) { book(id: $id) { title } }', variables: { id: 7 } },
  'a default': { query: 'query ($n: Int = 2) { books(first: $n) { title reviews(limit: $n) { id } } }' },
  'a default that is overridden': { query: 'query ($n: Int = 2) { books(first: $n) { title } }', variables: { n: 1 } },
  'a variable that is not given': {
    query: 'query ($t: String, $n: Int) { echo(text: $t, number: $n) }',
    variables: { n: null },
  },
  'an input object': {
    query: 'query ($i: EchoInput, $l: [Int!]) { echo(input: $i, list: $l) }',
    variables: { i: { nested: { flags: [true], text: 'é"\\' }, genre: 'NOVEL' }, l: [1, 2] },
  },
  'a list of one': { query: 'query ($l: [Int!]) { echo(list: $l) }', variables: { l: 3 } },
  'a literal input object': { query: '{ echo(text: "a\\n\\"b\\"", input: { text: null, nested: { genre: ESSAY } }) }' },
  'a variable in an entity fetch': {
    query: 'query ($limit: Int!) { books { reviews(limit: $limit) { id } } me { name } }',
    variables: { limit: 1 },
  },
  'an enum variable': { query: 'query ($g: Genre) { books(genre: $g) { title } }', variables: { g: 'ESSAY' } },
  'skip and include, both ways': {
    query:
      'query ($yes: Boolean!, $no: Boolean!) { me @include(if: $yes) { name id @skip(if: $yes) } books @skip(if: $no) { title reviews @include(if: $no) { id } year @include(if: $yes) } author(id: "a1") @include(if: $no) { name } }',
    variables: { yes: true, no: false },
  },
  'skip a whole subgraph': {
    query:
      'query ($with: Boolean = false) { books { title reviews @include(if: $with) { id } ...P @include(if: $with) } } fragment P on Book { popularity }',
  },
  'include a whole subgraph': {
    query:
      'query ($with: Boolean!) { books { title reviews @include(if: $with) { id } ...P @include(if: $with) } } fragment P on Book { popularity }',
    variables: { with: true },
  },
  'skip everything': { query: 'query ($no: Boolean!) { books @include(if: $no) { title } }', variables: { no: false } },
  'conditions on merged fields': {
    query:
      'query ($a: Boolean!, $b: Boolean!) { book(id: "b1") { creator @include(if: $a) { name } title creator @include(if: $b) { id email } } }',
    variables: { a: false, b: true },
  },
  'literal conditions': {
    query: '{ books @include(if: true) { title @skip(if: false) isbn @skip(if: true) } me @include(if: false) { id } }',
  },
  'a mutation': { query: 'mutation { addBook(title: "New") { id title reviews { stars } } }' },
  'mutations of several subgraphs': {
    query:
      'mutation { a: addReview(bookId: "b2", stars: 3) { id stars reviewer { name } book { title } } renameMember(id: "m1", name: "Mona") { name reviews { stars } } b: retitle(id: "b1", title: "T") { title shippingCents } }',
  },
  'a mutation that fails in part': {
    query:
      'mutation { addReview(bookId: "b4", stars: 1) { book { title shippingCents } } retitle(id: "nope", title: "x") { title } }',
  },
  'an operation by name': {
    query: 'query A { me { id } } query B { me { name } }',
    operationName: 'B',
  },
  introspection: {
    query: '{ __schema { queryType { name fields { name type { kind name ofType { name } } } } } }',
  },
  'introspection of one type': {
    query:
      'query ($n: String!) { __type(name: $n) { name enumValues { name } } t: __type(name: "Book") { fields { name } interfaces { name } } }',
    variables: { n: 'Genre' },
  },
  'introspection beside data': {
    query: '{ a: __typename me { name } __schema { mutationType { name } } books(first: 1) { title } }',
  },
}
