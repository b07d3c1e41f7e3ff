import type { Generated } from 'kysely'

export type Tables = { products: ProductsTable; orders: OrdersTable; order_lines: OrderLinesTable }

export type ProductsTable = {
  id: string
  name: string
  category: string
  sub_category: string
  /** A decimal string, as every NUMERIC. */
  price: string
}

export type OrdersTable = {
  id: string
  user_id: string
  status: 'PLACED' | 'SHIPPED' | 'CANCELLED'
  /** A day as `2016-11-08`, as every DATE. */
  order_date: string
  ship_date: string | null
  ship_mode: 'SAME_DAY' | 'FIRST_CLASS' | 'SECOND_CLASS' | 'STANDARD_CLASS'
  total: string
  idempotency_key: string | null
  input_hash: string | null
}

export type OrderLinesTable = {
  line: Generated<number>
  order_id: string
  position: number
  product_id: string
  quantity: number
  discount: string
  sales: string
  profit: string | null
}
