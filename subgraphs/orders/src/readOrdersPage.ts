import { type PageRequest, readPageArguments } from '@tributary/runtime/subgraph'
import { codedError } from '@tributary/schema'
import type { OrdersPageRequest } from './store/readOrders.ts'

/** Reads the page of a user's orders that `first` and `after` ask for. Throws `BAD_USER_INPUT`. */
export function readOrdersPage(args: { first: number; after?: string | null }): {
  page: PageRequest
  after: OrdersPageRequest['after']
} {
  const page = readPageArguments(args, { keyTypes: ['string', 'string'] })
  if (!page.after) return { page, after: undefined }
  const [orderDate, id] = page.after.map(String)
  if (orderDate === undefined || id === undefined || !isDay(orderDate)) {
    throw codedError('BAD_USER_INPUT', 'Expected `after` to be a cursor of this list')
  }
  return { page, after: { orderDate, id } }
}

/** Whether the database will take the text for a day: a cursor may be forged. */
function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && text >= '0001-01-01'
}
