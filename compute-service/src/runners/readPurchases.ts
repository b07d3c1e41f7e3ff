import { callNeighbour, type Neighbours } from './callNeighbour.ts'
import type { Purchase } from './TaskIo.ts'

/** How many lines to ask for at a time. */
const pageSize = 10_000

/** Every purchase that the orders subgraph has, in order of `line`. */
export async function readPurchases({ ordersUrl, secret }: Neighbours, signal: AbortSignal): Promise<Purchase[]> {
  const purchases: Purchase[] = []
  for (;;) {
    const page = await callNeighbour<{ purchases: Purchase[] }>({
      name: 'orders',
      url: ordersUrl,
      secret,
      query: `query Purchases($after: Int!, $first: Int!) {
        purchases(after: $after, first: $first) { line userId productId category orderDate quantity sales }
      }`,
      variables: { after: purchases.at(-1)?.line ?? 0, first: pageSize },
      signal,
    })
    for (const purchase of page.purchases) purchases.push(purchase)
    if (page.purchases.length < pageSize) return purchases
  }
}
