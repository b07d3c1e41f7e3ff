import { expect, test } from '@jest/globals'
import { trainRecommendations as kind } from '../kinds/trainRecommendations.ts'
import type { Purchase } from '../runners/TaskIo.ts'
import { createRandom } from './createRandom.ts'
import { runTask, superstorePurchases } from './runTask.ts'
import { trainRecommendations } from './trainRecommendations.ts'

test('on the imported data: gives a whole model, honest figures and steady progress', async () => {
  const purchases = await superstorePurchases()
  const run = await runTask(trainRecommendations, { neighbours: 12 }, { purchases, jobNumber: 41 })

  expect(kind.output.parse(run.output)).toEqual(run.output)
  expect(run.output).toMatchObject({ version: 41, served: true, users: 793, products: 1862, interactions: 9944 })
  // Chance finds 20 of 1,862. Purchases of this data set are nearly independent of each other, so that what sells best is hard to beat; EASE
  // does not. The figures are what they are: no other regularisation changes that, nor does holding out the last purchase or a random fifth.
  expect(run.output.metrics.recallAt20).toBeGreaterThan(20 / 1862)
  expect(run.output.metrics.recallAt20).toBeLessThan(run.output.popularityMetrics.recallAt20)
  expect(run.output.popularityMetrics.recallAt20).toBeCloseTo(0.0205, 3)
  expect(run.output.itemKnnMetrics.recallAt20).toBeLessThan(run.output.metrics.recallAt20)
  const chart = run.files.get('chart.svg') ?? ''
  for (const { recallAt20 } of [run.output.metrics, run.output.popularityMetrics, run.output.itemKnnMetrics]) {
    expect(chart).toContain(`>${(recallAt20 * 100).toFixed(2)} %<`)
  }
  expect(chart).toContain('788 customers')

  const [model] = run.published
  expect(run.published).toHaveLength(1)
  expect([model.version, model.users.length, model.products.length]).toEqual([41, 793, 1862])
  const bought = new Set(purchases.map(({ userId, productId }) => `${userId} ${productId}`))
  for (const { userId, productIds, scores } of model.users) {
    expect([productIds.length, new Set(productIds).size, scores.length]).toEqual([50, 50, 50])
    expect(productIds.some((productId) => bought.has(`${userId} ${productId}`))).toBe(false)
    expect(scores.every((score, index) => score > 0 && (index === 0 || score <= scores[index - 1]))).toBe(true)
  }
  for (const { productId, productIds } of model.products) {
    expect(productIds).toHaveLength(12)
    expect(productIds).not.toContain(productId)
  }
  expect(run.output.examples).toHaveLength(20)
  for (const { similar } of run.output.examples) expect(similar).toHaveLength(10)

  const fractions = run.progress.map(({ fraction }) => fraction)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect([fractions[0], fractions.at(-1)]).toEqual([0, 1])
  expect(fractions.length).toBeGreaterThan(50)
  expect(Math.max(...fractions.slice(1).map((fraction, index) => fraction - fractions[index]))).toBeLessThan(0.1)
  // 4 s of one core, which it may have to share.
}, 120_000)

test('finds what there is to find: customers who buy one kind of thing each', async () => {
  const { output } = await runTask(trainRecommendations, { neighbours: 5 }, { purchases: tasteful() })
  expect(output.metrics.recallAt20).toBeGreaterThan(0.9)
  expect(output.itemKnnMetrics.recallAt20).toBeGreaterThan(0.9)
  expect(output.popularityMetrics.recallAt20).toBeLessThan(0.4)
  for (const { productId, similar } of output.examples) {
    for (const { productId: other } of similar) expect(other.split('-')[0]).toBe(productId.split('-')[0])
  }
})

test('keeps the regularisation that it is given, and says when a newer model is served', async () => {
  const input = { neighbours: 1, regularisation: 77.5 }
  const run = await runTask(trainRecommendations, input, { purchases: tasteful(), jobNumber: 3, servedVersion: 4 })
  expect(run.output).toMatchObject({ regularisation: 77.5, version: 3, served: false })
  expect(run.progress.some(({ message }) => message?.startsWith('Choosing'))).toBe(false)
})

test('chooses the regularisation that does best on the newest of what is left when the newest are held out', async () => {
  const all = noisy()
  // What is left for the choice; its own newest part is what a run on it alone is measured on.
  const left = all.filter(({ line }) => line % 10 < 8)
  const ndcgs: number[] = []
  const candidates = [1, 3, 10, 30, 100, 300, 1_000, 3_000]
  for (const regularisation of candidates) {
    const { output } = await runTask(trainRecommendations, { neighbours: 1, regularisation }, { purchases: left })
    ndcgs.push(output.metrics.ndcgAt20)
  }
  const { output } = await runTask(trainRecommendations, { neighbours: 1 }, { purchases: all })
  expect(new Set(ndcgs).size).toBe(candidates.length)
  expect(output.regularisation).toBe(candidates[ndcgs.indexOf(Math.max(...ndcgs))])
  // What would do best on the purchases that the figures are of is another one.
  const best = await runTask(trainRecommendations, { neighbours: 1, regularisation: 100 }, { purchases: all })
  expect(best.output.metrics.ndcgAt20).toBeGreaterThan(output.metrics.ndcgAt20)
})

test('stops within a block when it is aborted, and publishes nothing', async () => {
  const purchases = await superstorePurchases()
  const abort = new AbortController()
  const reports: number[] = []
  const running = runTask(
    trainRecommendations,
    { neighbours: 50 },
    {
      purchases,
      signal: abort.signal,
      onProgress(fraction) {
        reports.push(fraction)
        // From outside, as a message to the worker thread would: it arrives when the event loop runs.
        if (reports.length === 20) setImmediate(() => abort.abort(new Error('cancelled')))
        if (fraction >= 0.95) throw new Error('not stopped')
      },
    },
  )
  await expect(running).rejects.toThrow('cancelled')
  expect(reports.length).toBeLessThanOrEqual(21)
})

test.each([
  ['no purchases', []],
  ['customers with one product each', tasteful().filter((_, index) => index % 6 === 0)],
])('fails for good on %s', async (_, purchases) => {
  await expect(runTask(trainRecommendations, { neighbours: 5 }, { purchases })).rejects.toMatchObject({
    name: 'TaskError',
    isRetryable: false,
  })
})

/** 300 customers who each buy six products of one of 10 kinds, of which each has 12; six lines a customer, one after another. */
function tasteful(): Purchase[] {
  return Array.from({ length: 1_800 }, (_, index) => {
    const customer = Math.floor(index / 6)
    return {
      line: index + 1,
      userId: `customer-${customer}`,
      productId: `kind${customer % 10}-${(customer * 7 + (index % 6) * 5) % 12}`,
      category: `kind${customer % 10}`,
      orderDate: '2016-01-01',
      quantity: 1,
      sales: '1.00',
    }
  })
}

/** 150 customers with ten different purchases each, in order of time: most are of one of five kinds, the others of any. */
function noisy(): Purchase[] {
  const random = createRandom(4)
  return Array.from({ length: 150 }, (_, customer) => {
    const bought = new Set<string>()
    while (bought.size < 10) {
      const kind = random() < 0.7 ? customer % 5 : Math.floor(random() * 5)
      bought.add(`kind${kind}-${Math.floor(random() ** 2 * 12)}`)
    }
    return [...bought].map((productId, index) => ({
      ...{ line: customer * 10 + index, userId: `customer-${customer}`, productId, category: 'any' },
      ...{ orderDate: '2016-01-01', quantity: 1, sales: '1.00' },
    }))
  }).flat()
}
