/** What is measured: each query's text, and its variables. */
export type BenchQuery = {
  text: string
  variables?: Record<string, unknown>
  /** In `text`, eight characters that are replaced by a different name of the same length in every request. */
  renamed?: string
}

export type QueryName = 'small' | 'medium' | 'heavy' | 'wide' | 'uncached'

export const queryNames: readonly QueryName[] = ['small', 'medium', 'heavy', 'wide', 'uncached']

const userToShelf = `id name reviews { id body product { upc name price inStock shippingEstimate } }`

export const queries: Record<QueryName, BenchQuery> = {
  /** One fetch, a tiny answer. */
  small: { text: '{ me { id username } }' },
  /** User, reviews, products with stock and shipping: five requests to the four subgraphs. */
  medium: {
    text: `query Medium($id: ID!) { user(id: $id) { ${userToShelf} } }`,
    variables: { id: '7' },
  },
  /** About 90 KB from 16 requests. */
  heavy: {
    text: `query Heavy {
      users(first: 4) { ...UserFields reviews { ...ReviewFields product { ...ProductFields reviews { ...ReviewFields
        author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } } } } } }
      topProducts(first: 3) { ...ProductFields reviews { ...ReviewFields
        author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } } } }
    }
    fragment UserFields on User { id username name }
    fragment ReviewFields on Review { id body }
    fragment ProductFields on Product { inStock name price shippingEstimate upc weight }`,
  },
  /** A thousand entities, each completed by two other subgraphs. */
  wide: { text: '{ topProducts(first: 1000) { upc name price inStock shippingEstimate rating reviewCount } }' },
  /** Medium, as an operation that was never seen before. */
  uncached: {
    text: `query Uncached($id: ID!) { neverYet: user(id: $id) { ${userToShelf} } }`,
    variables: { id: '7' },
    renamed: 'neverYet',
  },
}
