import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './Figure.ts'
import { type Scene, type StreamBench, startScene } from './StreamBench.ts'

const kib = 1_024
const mib = 1_024 * kib

/** One id: everybody follows the same. */
const oneId = ['job']

/** So many sockets with one subscription each, held for longer than the ping interval; then one event for all. */
export async function measureIdle(
  bench: StreamBench,
  { sockets, holdMs }: { sockets: number; holdMs: number },
): Promise<Figure[]> {
  const scene = await startScene(bench)
  try {
    await warmUp(scene, bench)
    const before = await scene.gateway.memory()
    await scene.clients.open(sockets, bench.tokens)
    await scene.clients.subscribe({ sockets, each: 1, ids: oneId })
    const after = await scene.gateway.memory()
    const upstream = await scene.feedCounts()
    await sleep(holdMs)
    const { lastMs, received } = await publishOnce(scene)
    const identities = Math.min(sockets, bench.tokens.length)
    const how = `${sockets} sockets of ${identities} identities, held for ${holdMs / 1_000} s; ${upstream.streams} subscriptions upstream`
    return [
      {
        measure: 'idle subscriptions held, all get a final event',
        value: received,
        unit: '',
        must: 10_000,
        goal: 18_000,
        isMoreBetter: true,
        how,
      },
      {
        measure: 'memory for a socket with a subscription',
        value: (after.rss - before.rss) / sockets / kib,
        unit: 'KiB',
        must: 40,
        goal: 28,
        how: `RSS after gc; heap ${((after.heap - before.heap) / sockets / kib).toFixed(1)} KiB`,
      },
      { measure: 'that event, last delivery', value: lastMs, unit: 'ms', how },
    ]
  } finally {
    await scene.stop()
  }
}

/** One event to many clients of one identity, each on a socket of its own. */
export async function measureFanOut(bench: StreamBench, sockets: number): Promise<Figure[]> {
  const scene = await startScene(bench, { MAX_STREAMS_PER_USER: '20000' })
  try {
    await scene.clients.open(sockets, bench.tokens.slice(0, 1))
    await scene.clients.subscribe({ sockets, each: 1, ids: oneId })
    const before = await scene.feedCounts()
    const times: number[] = []
    // The first ones are compiled on the way.
    for (let n = 0; n < 5; n++) {
      const { lastMs, received } = await publishOnce(scene)
      if (received !== sockets) throw new Error(`Expected ${sockets} events, got ${received}`)
      times.push(lastMs)
      await sleep(200)
    }
    const after = await scene.feedCounts()
    const requests = (after.ownerRequests - before.ownerRequests) / times.length
    return [
      {
        measure: 'one event to 10,000 subscribers, last delivery',
        value: times.sort((a, b) => a - b)[2] ?? Number.NaN,
        unit: 'ms',
        must: 2_000,
        goal: 800,
        how: `${sockets} sockets of one identity, median of ${times.length}; ${before.streams} subscriptions upstream, ${requests} requests for other subgraphs' fields an event`,
      },
    ]
  } finally {
    await scene.stop()
  }
}

/** More subscriptions on sockets that have one: the same one again, and each another. */
export async function measureFurther(
  bench: StreamBench,
  { sockets, each }: { sockets: number; each: number },
): Promise<Figure[]> {
  const scene = await startScene(bench)
  try {
    await warmUp(scene, bench)
    await scene.clients.open(sockets, bench.tokens)
    await scene.clients.subscribe({ sockets, each: 1, ids: oneId })
    const first = await scene.gateway.memory()
    await scene.clients.subscribe({ sockets, each, ids: oneId })
    const second = await scene.gateway.memory()
    const count = sockets * each
    await scene.clients.subscribe({ sockets, each, ids: Array.from({ length: count }, (_, n) => `job ${n}`) })
    const third = await scene.gateway.memory()
    const { received } = await publishOnce(scene)
    if (received !== sockets + 2 * count) throw new Error(`Expected ${sockets + 2 * count} events, got ${received}`)
    const perStream = (from: typeof first, to: typeof first) => (to.rss - from.rss) / count / kib
    const heap = (from: typeof first, to: typeof first) =>
      `heap ${((to.heap - from.heap) / count / kib).toFixed(1)} KiB`
    const how = `${each} more on each of ${sockets} sockets of ${Math.min(sockets, bench.tokens.length)} identities`
    return [
      {
        measure: 'memory for a further subscription, the same one',
        value: perStream(first, second),
        unit: 'KiB',
        must: 20,
        goal: 14,
        how: `${how}; ${heap(first, second)}`,
      },
      {
        measure: 'memory for a further subscription, each another',
        value: perStream(second, third),
        unit: 'KiB',
        must: 20,
        goal: 14,
        how: `${how}; ${heap(second, third)}`,
      },
    ]
  } finally {
    await scene.stop()
  }
}

/** Subscribe, hear the first event, leave: over and over on the same sockets. */
export async function measureChurn(bench: StreamBench, cycles: number): Promise<Figure[]> {
  const sockets = 100
  const scene = await startScene(bench)
  try {
    const ids = ['job', ...Array.from({ length: 9 }, (_, n) => `job ${n}`)]
    await scene.clients.open(sockets, bench.tokens)
    await scene.clients.churn(Math.ceil(cycles / 10), ids)
    const before = await scene.gateway.memory()
    const startedAtMs = performance.now()
    await scene.clients.churn(cycles, ids)
    const perSecond = cycles / ((performance.now() - startedAtMs) / 1_000)
    const after = await scene.gateway.memory()
    const [{ streams }, upstream] = [await scene.gateway.counts(), await scene.feedCounts()]
    return [
      {
        measure: '100,000 subscribe and unsubscribe cycles, heap growth',
        value: (after.heap - before.heap) / mib,
        unit: 'MiB',
        must: 5,
        goal: 0.5,
        how: `${cycles} cycles on ${sockets} sockets of ${sockets} identities, ${perSecond.toFixed(0)} a second; left: ${streams} streams, ${upstream.streams} upstream`,
      },
    ]
  } finally {
    await scene.stop()
  }
}

async function publishOnce(scene: Scene): Promise<{ lastMs: number; received: number }> {
  const delivered = scene.clients.awaitEvents()
  const { atMs } = await scene.publish()
  const { lastAtMs, received } = await delivered
  return { lastMs: lastAtMs - atMs, received }
}

/**
 * What a gateway has in use always, whoever is connected: its young generation, compiled code, the operation. By few sockets: what they free is
 * used again, and would be missing in the figures.
 */
async function warmUp(scene: Scene, { tokens }: StreamBench): Promise<void> {
  await scene.clients.open(100, tokens)
  await scene.clients.churn(5_000, oneId)
  await scene.clients.close()
}
