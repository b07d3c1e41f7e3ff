import type { BenchData } from './benchData.ts'
import type { SubgraphName } from './subgraphNames.ts'

/** A field of the bench schema over the plain data: used by the fixtures and, in the tests, by graphql-js. */
export type ResolveField = (source: Source, args: Readonly<Record<string, unknown>>) => unknown

/** Any object of the data, or a root. */
export type Source = Readonly<Record<string, unknown>>

/** The fields that are more than a property of their object: `<Type>.<field>` to its function. */
export function createFieldResolvers(data: BenchData): ReadonlyMap<string, ResolveField> {
  return new Map<string, ResolveField>([
    ['Query.me', () => data.users[0]],
    ['Query.user', (_, { id }) => data.users.find((user) => user.id === id) ?? null],
    ['Query.users', (_, { first }) => data.users.slice(0, Number(first))],
    ['Query.product', (_, { upc }) => data.products.find((product) => product.upc === upc) ?? null],
    ['Query.topProducts', (_, { first }) => data.products.slice(0, Number(first))],
    ['Product.reviews', ({ reviews }, { first }) => (first === undefined ? reviews : firstOf(reviews, Number(first)))],
    ['Product.shippingEstimate', shippingEstimate],
  ])
}

/** `_entities`: the object of each representation, null where there is none. */
export function createEntityResolver(
  data: BenchData,
  subgraph: SubgraphName,
): (representation: Source) => Source | null {
  const entities = new Map<string, Source>([
    ...data.users.map((user): [string, Source] => [`User ${user.id}`, user]),
    ...data.products.map((product): [string, Source] => [`Product ${product.upc}`, product]),
    ...data.reviews.map((review): [string, Source] => [`Review ${review.id}`, review]),
  ])
  return (representation) => {
    const { __typename, id, upc, price, weight } = representation
    const entity = entities.get(`${String(__typename)} ${String(id ?? upc)}`) ?? null
    // A real inventory knows neither price nor weight: without what `@requires` brings, the estimate fails.
    return entity && subgraph === 'inventory' ? { ...entity, price, weight } : entity
  }
}

function shippingEstimate({ price, weight }: Source): number {
  if (typeof price !== 'number' || typeof weight !== 'number') {
    throw new Error('Expected shippingEstimate to be asked with price and weight')
  }
  return price > 90_000 ? 0 : Math.round(weight / 2)
}

function firstOf(list: unknown, count: number): unknown {
  return Array.isArray(list) ? list.slice(0, count) : list
}
