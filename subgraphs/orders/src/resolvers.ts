import { mayReadUser, serviceScope } from '@tributary/runtime/identity'
import { badInput, readInput, readPageArguments, toConnection } from '@tributary/runtime/subgraph'
import { codedError } from '@tributary/schema'
import type { Context } from './context.ts'
import type { Resolvers } from './generated/resolverTypes.ts'
import { orderInput } from './orderInput.ts'
import { readOrdersPage } from './readOrdersPage.ts'
import type { StoredOrder } from './store/readOrders.ts'
import type { StoredProduct } from './store/readProducts.ts'

/** The resolvers of schema/orders.graphql. */
export const resolvers: Resolvers = {
  Query: {
    order: (_parent, { id }, context) => readOrder(id, context),
    product: (_parent, { id }, context) => readProduct(id, context),
    async products(_parent, { filter, ...args }, { store }) {
      const page = readPageArguments(args, { keyTypes: ['string'] })
      const after = page.after?.[0]
      const { products, totalCount } = await store.listProducts({
        limit: page.first + 1,
        after: after === undefined ? undefined : String(after),
        category: filter?.category ?? undefined,
        subCategory: filter?.subCategory ?? undefined,
        nameContains: filter?.nameContains ?? undefined,
      })
      return toConnection({ rows: products, page, totalCount, sortKey: (product) => [product.id] })
    },
    async purchases(_parent, { after, first }, { identity, store }) {
      if (!identity?.scopes.includes(serviceScope)) {
        throw codedError('FORBIDDEN', `\`purchases\` needs the scope ${serviceScope}`)
      }
      const page = readPageArguments({ first }, { keyTypes: [], maxFirst: 10_000 })
      return store.listPurchases({ after, limit: page.first })
    },
  },
  Mutation: {
    async placeOrder(_parent, { input }, { identity, store }) {
      if (!identity) throw codedError('UNAUTHENTICATED', '`placeOrder` needs a token')
      const request = readInput(orderInput, input)
      const placed = await store.placeOrder({ ...request, userId: identity.userId })
      switch (placed.kind) {
        case 'placed':
          return placed.order
        case 'keyConflict':
          throw codedError('IDEMPOTENCY_KEY_CONFLICT', 'This `idempotencyKey` was used for an order with another input')
        case 'unknownProducts':
          throw badInput(
            placed.lines.map((index) => ({
              field: `lines[${index}].productId`,
              message: `There is no product ${JSON.stringify(request.lines[index]?.productId)}`,
            })),
          )
        default:
          return placed satisfies never
      }
    },
    async cancelOrder(_parent, { id }, { identity, store }) {
      if (!identity) throw codedError('UNAUTHENTICATED', '`cancelOrder` needs a token')
      const cancelled = await store.cancelOrder({ id, userId: identity.userId })
      switch (cancelled.kind) {
        case 'cancelled':
          return cancelled.order
        case 'shipped':
          throw codedError('BAD_USER_INPUT', `The order ${JSON.stringify(id)} has been shipped and cannot be cancelled`)
        case 'absent':
          return notFound('order', id)
        default:
          return cancelled satisfies never
      }
    },
  },
  User: {
    // Async, here as everywhere: Apollo turns a rejection into an error of this entity, but a throw into one of the whole batch.
    async __resolveReference({ id }, { identity }) {
      if (!mayReadUser(identity, id)) notFound('user', id)
      return { id }
    },
    async orders({ id }, args, { loaders }) {
      const { page, after } = readOrdersPage(args)
      const { orders, totalCount } = await loaders.ordersOfUser.load({ userId: id, limit: page.first + 1, after })
      return toConnection({ rows: orders, page, totalCount, sortKey: (order) => [order.orderDate, order.id] })
    },
    orderSummary: ({ id }, _args, { loaders }) => loaders.summary.load(id),
  },
  Order: {
    __resolveReference: ({ id }, context) => readOrder(id, context),
    user: ({ userId }) => ({ id: userId }),
    lines: ({ id }, _args, { loaders }) => loaders.lines.load(id),
  },
  OrderLine: {
    product: ({ productId }, _args, context) => readProduct(productId, context),
  },
  Product: {
    __resolveReference: ({ id }, context) => readProduct(id, context),
  },
}

/** An order whose user the token does not reach is as absent as one that does not exist. */
async function readOrder(id: string, { identity, loaders }: Context): Promise<StoredOrder> {
  const order = await loaders.order.load(id)
  return order && mayReadUser(identity, order.userId) ? order : notFound('order', id)
}

async function readProduct(id: string, { loaders }: Context): Promise<StoredProduct> {
  return (await loaders.product.load(id)) ?? notFound('product', id)
}

function notFound(what: string, id: string): never {
  throw codedError('NOT_FOUND', `There is no ${what} ${JSON.stringify(id)}`)
}
