import { conflateProgress } from './conflateProgress.ts'
import { createUpstreamBuffer } from './upstreamBuffer.ts'

type Update = { seq: number; status?: string; fraction?: number | null; extra?: object }

function update({ seq, status = 'RUNNING', fraction = seq / 100, extra }: Update) {
  const progress = fraction === null ? null : { fraction }
  return {
    data: { jobUpdates: { seq, at: `at ${seq}`, skipped: 0, job: { id: '1', seq, status, progress, ...extra } } },
  }
}

describe('conflateProgress', () => {
  test.each<[string, Update, Update, boolean]>([
    ['progress', { seq: 1 }, { seq: 2 }, true],
    ['the end of progress', { seq: 1 }, { seq: 2, status: 'SUCCEEDED' }, false],
    ['a new attempt', { seq: 1, extra: { attempt: 1 } }, { seq: 2, extra: { attempt: 2 } }, false],
    ['no progress', { seq: 1, fraction: null }, { seq: 2, fraction: null }, false],
    ['the first progress', { seq: 1, fraction: null }, { seq: 2 }, true],
  ])('%s', (_what, older, newer, isOne) => {
    const conflated = conflateProgress(update(older), update(newer))
    expect(conflated?.data?.jobUpdates).toEqual(isOne ? { ...update(newer).data.jobUpdates, skipped: 1 } : undefined)
  })

  test('events of other kinds, and those with errors, are never left out', () => {
    expect(conflateProgress({ data: { ticks: { seq: 1 } } }, { data: { ticks: { seq: 2 } } })).toBeUndefined()
    expect(conflateProgress({ data: { tick: 1 } }, { data: { tick: 2 } })).toBeUndefined()
    expect(conflateProgress({ data: null }, update({ seq: 2 }))).toBeUndefined()
    expect(conflateProgress(update({ seq: 1 }), { ...update({ seq: 2 }), errors: [] })).toBeUndefined()
  })
})

describe('upstreamBuffer', () => {
  test('what waits is bounded however much progress there is, and every state is told, with what was left out', async () => {
    const { push, end, stream } = createUpstreamBuffer({ maxEvents: 3, maxBytes: 1_000, onStop() {} })
    for (let seq = 1; seq <= 500; seq++) expect(push(update({ seq }), 100)).toBe(true)
    expect(push(update({ seq: 501, status: 'QUEUED' }), 100)).toBe(true)
    expect(push(update({ seq: 502, status: 'SUCCEEDED' }), 100)).toBe(true)
    end({ kind: 'complete' })
    const told: unknown[] = []
    for (let event = await stream.next(); event.kind === 'event'; event = await stream.next()) {
      told.push(event.result.data?.jobUpdates)
    }
    expect(told).toMatchObject([
      { seq: 500, skipped: 499 },
      { seq: 501, skipped: 0, job: { status: 'QUEUED' } },
      { seq: 502, skipped: 0, job: { status: 'SUCCEEDED' } },
    ])
  })
})
