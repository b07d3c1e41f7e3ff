import { expect, test } from '@jest/globals'
import { listPrice } from './listPrice.ts'
import { readSuperstore } from './readSuperstore.ts'

test('gives the whole data set, cleaned', async () => {
  const { users, products, orders, lines } = await readSuperstore()
  expect([users.length, products.length, orders.length, lines.length]).toEqual([793, 1862, 5009, 9994])
  expect(lines.reduce((sum, line) => sum + tenThousandths(line.sales), 0n)).toBe(22_972_008_603n)
  expect(lines.reduce((sum, line) => sum + tenThousandths(line.profit), 0n)).toBe(2_863_970_217n)

  expect(users.find((user) => user.id === 'CG-12520')).toMatchObject({ name: 'Claire Gute', segment: 'CONSUMER' })
  for (const user of users) expect(user.place.postalCode).toMatch(/^\d{5}$/)
  for (const product of products) {
    expect(product.name).not.toMatch(/ {2}|\u00a0|^\s|\s$/)
    expect(product.price).toMatch(/^\d+\.\d\d$/)
  }
  expect(lines.filter((line) => line.orderId === 'CA-2016-152156').map((line) => line.position)).toEqual([1, 2])

  const [orderIds, userIds, productIds] = [orders, users, products].map((rows) => new Set(rows.map((row) => row.id)))
  expect(orders.every((order) => userIds?.has(order.userId))).toBe(true)
  expect(lines.every((line) => orderIds?.has(line.orderId) && productIds?.has(line.productId))).toBe(true)
})

test('takes place, name and price from the newest order', async () => {
  const { users, products, orders, lines } = await readSuperstore()
  for (const user of users) {
    const days = orders.filter((order) => order.userId === user.id).map((order) => order.orderDate)
    expect(user.lastOrderDate).toBe(days.sort().at(-1))
  }
  // Sold as 'DAX Solid Wood Frames' in 2014 and 2016, as a wall clock in 2017.
  const product = products.find(({ id }) => id === 'FUR-FU-10004848')
  const days = new Map(orders.map((order) => [order.id, order.orderDate]))
  const newest = lines
    .filter((line) => line.productId === 'FUR-FU-10004848')
    .sort((a, b) => ((days.get(a.orderId) ?? '') < (days.get(b.orderId) ?? '') ? 1 : -1))[0]
  expect(newest && listPrice(newest)).toBe(product?.price)
})

test('rounds a list price to the cent without floats', () => {
  expect(listPrice({ sales: '957.5775', quantity: 5, discount: '0.45' })).toBe('348.21')
  expect(listPrice({ sales: '0.01', quantity: 2, discount: '0' })).toBe('0.01')
  expect(listPrice({ sales: '1', quantity: 3, discount: '0' })).toBe('0.33')
})

function tenThousandths(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(4, '0'))
}
