import { expect, test } from '@jest/globals'
import { segmentCustomers as kind } from '../kinds/segmentCustomers.ts'
import type { Purchase } from '../runners/TaskIo.ts'
import { readCustomers } from './rfm/readCustomers.ts'
import { runTask, superstorePurchases } from './runTask.ts'
import { segmentCustomers } from './segmentCustomers.ts'

function buy(userId: string, orderDate: string, sales: string): Purchase {
  return { line: 1, userId, productId: 'p', category: 'c', orderDate, quantity: 1, sales }
}

test('on the imported data: every customer in one named segment, the number chosen by silhouette', async () => {
  const purchases = await superstorePurchases()
  const run = await runTask(segmentCustomers, { seed: 1 }, { purchases, jobNumber: 7 })
  const { output } = run
  expect(kind.output.parse(output)).toEqual(output)
  expect(output).toMatchObject({ version: 7, served: true, customers: 793, until: '2017-12-30' })
  expect(output.candidates.map(({ segments }) => segments)).toEqual([3, 4, 5, 6, 7, 8])
  const best = Math.max(...output.candidates.map(({ silhouette }) => silhouette))
  expect(output.silhouette).toBe(best)
  expect(output.candidates.find(({ segments }) => segments === output.segments.length)?.silhouette).toBe(best)
  expect(new Set(output.segments.map(({ name }) => name)).size).toBe(output.segments.length)

  const [published] = run.segmentations
  expect(published.version).toBe(7)
  expect(published.segments.map(({ name, userIds }) => [name, userIds.length])).toEqual(
    output.segments.map(({ name, size }) => [name, size]),
  )
  const userIds = published.segments.flatMap((segment) => segment.userIds)
  expect([...userIds].sort()).toEqual([...new Set(purchases.map(({ userId }) => userId))].sort())
  // A centroid is the geometric mean of its customers (of one more, as there are zeros).
  const customers = new Map(readCustomers(purchases).customers.map((customer) => [customer.userId, customer]))
  for (const { centroid, userIds: ids } of published.segments) {
    for (const key of ['recencyDays', 'frequency', 'monetary'] as const) {
      const logs = ids.map((id) => Math.log1p(customers.get(id)?.[key] ?? Number.NaN))
      expect(Math.log1p(centroid[key])).toBeCloseTo(logs.reduce((sum, log) => sum + log, 0) / logs.length, 9)
    }
  }
  const chart = run.files.get('chart.svg') ?? ''
  for (const { name, size } of output.segments) expect(chart).toContain(`${name}: ${size} customers`)
  expect(chart.match(/<circle/g)).toHaveLength(793 + output.segments.length)

  const fractions = run.progress.map(({ fraction }) => fraction)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect([fractions[0], fractions.at(-1)]).toEqual([0, 1])

  const count = output.segments.length
  const again = await runTask(segmentCustomers, { seed: 1, segments: count }, { purchases: purchases.toReversed() })
  expect(again.output.segments).toEqual(output.segments)
  expect(again.output.candidates).toHaveLength(1)
})

test('finds groups that are there, and names them by what they are', async () => {
  const groups = [
    { name: 'Champions', days: ['2017-12-08', '2017-11-01', '2017-10-01', '2017-09-01'], sales: 900 },
    { name: 'At risk', days: ['2017-02-01', '2017-01-01', '2016-12-01', '2016-11-01'], sales: 800 },
    { name: 'New', days: ['2017-12-09'], sales: 20 },
    { name: 'Lost', days: ['2017-01-09'], sales: 15 },
  ]
  const purchases = groups.flatMap(({ name, days, sales }) =>
    Array.from({ length: 20 }, (_, customer) =>
      days.map((day) => buy(`${name} ${customer}`, day, String(sales + customer / 10))),
    ).flat(),
  )
  const { output, segmentations } = await runTask(segmentCustomers, { seed: 1 }, { purchases, servedVersion: 9 })
  expect(output.served).toBe(false)
  expect(output.silhouette).toBeGreaterThan(0.8)
  expect(output.segments.map(({ name, size }) => [name, size]).sort()).toEqual(
    groups.map(({ name }) => [name, 20]).sort(),
  )
  for (const { name, userIds } of segmentations[0].segments) {
    for (const userId of userIds) expect(userId.startsWith(name)).toBe(true)
  }
})

test('counts days, not lines, and takes no single order years later for the present', () => {
  const { until, customers } = readCustomers([
    buy('b', '2016-03-05', '10.10'),
    buy('b', '2016-03-05', '0.90'),
    buy('b', '2016-02-29', '5.00'),
    buy('a', '2016-03-10', '1.00'),
    buy('a', '2021-01-01', '2.00'),
  ])
  expect(until).toBe('2016-03-10')
  expect(customers).toEqual([
    { userId: 'a', recencyDays: 0, frequency: 2, monetary: 3 },
    { userId: 'b', recencyDays: 5, frequency: 2, monetary: 16 },
  ])
})

test.each([
  ['no purchases', {}, 0, 'JOB_FAILED', 'Expected at least 3 customers who differ in what they bought, got 0'],
  ['too few different customers', { segments: 5 }, 4, 'BAD_USER_INPUT', 'Expected at least 5 customers'],
])('fails for good on %s', async (_, input, count, code, message) => {
  const purchases = Array.from({ length: count * 2 }, (_, index) =>
    buy(`${index}`, '2017-01-01', String(index % count)),
  )
  const running = runTask(segmentCustomers, { seed: 1, ...input }, { purchases })
  await expect(running).rejects.toMatchObject({ code, isRetryable: false, message: expect.stringContaining(message) })
})
