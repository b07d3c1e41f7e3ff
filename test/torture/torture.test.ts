import { checkHistory, type LedgerEvent, type SeenUpdate } from './checkHistory.ts'
import { runTorture } from './runTorture.ts'

test('clients of every protocol are told each change of their jobs once and in order, whatever is killed meanwhile', async () => {
  const said: string[] = []
  const seed = `${Date.now()}`
  const result = await runTorture({ clients: 200, jobs: 500, seconds: 20, finishSeconds: 300, seed }, (line) =>
    said.push(line),
  )
  const { missed, doubled, outOfOrder, unsaid, wrong, falseEnds, unfinished, crashes } = result
  const faults = { missed, doubled, outOfOrder, unsaid, wrong, falseEnds, unfinished, crashes: crashes.length }
  const isFaulty = Object.values(faults).some((count) => count > 0)
  // What is needed to try again is the message when something is wrong.
  expect({ ...faults, story: isFaulty ? [result, ...said] : [] }).toEqual({
    missed: 0,
    doubled: 0,
    outOfOrder: 0,
    unsaid: 0,
    wrong: 0,
    falseEnds: 0,
    unfinished: 0,
    crashes: 0,
    story: [],
  })
  expect(Object.keys(result.disturbances).length).toBeGreaterThan(0)
  expect(Object.keys(result.followings)).toHaveLength(4)
  expect(result.resumes).toBeGreaterThan(0)
}, 900_000)

describe('the check of what a client was told', () => {
  const log = [event(1, 'QUEUED', 0), event(2, 'RUNNING', 1), event(3, 'RUNNING', 1, 0.5), event(4, 'SUCCEEDED', 1, 1)]
  const none = { missed: 0, doubled: 0, outOfOrder: 0, unsaid: 0, wrong: 0 }

  test.each<[string, SeenUpdate[], boolean, object]>([
    ['everything', [seen(1), seen(2), seen(3), seen(4)], true, {}],
    ['progress left out, and said so', [seen(1), seen(2), seen(4, 1)], true, {}],
    ['progress left out in silence', [seen(1), seen(2), seen(4)], true, { unsaid: 1 }],
    ['from the middle on', [seen(3), seen(4)], false, {}],
    ['from the middle on, though from the start was asked', [seen(3), seen(4)], true, { missed: 1, unsaid: 1 }],
    ['a change that newer progress stands for', [seen(1), seen(3, 1), seen(4)], true, {}],
    ['a change left out', [seen(1), seen(4, 2)], true, { missed: 1 }],
    ['no end', [seen(1), seen(2), seen(3)], true, { missed: 1 }],
    ['nothing', [], true, { missed: 3 }],
    ['one twice', [seen(1), seen(2), seen(2), seen(3), seen(4)], true, { doubled: 1 }],
    ['two exchanged', [seen(1), seen(3, 1), seen(2), seen(4)], true, { outOfOrder: 1 }],
    ['another state', [seen(1), seen(2), seen(3), { ...seen(4), job: event(4, 'FAILED', 1, 1) }], true, { wrong: 1 }],
    ['what never was', [seen(1), seen(2), seen(3), seen(4), { ...seen(4), seq: 5 }], true, { wrong: 1 }],
  ])('tells: %s', (_what, told, fromStart, faults) => {
    expect(checkHistory({ log, seen: told, fromStart })).toEqual({ ...none, ...faults })
  })

  function event(seq: number, status: string, attempt: number, fraction?: number): LedgerEvent {
    return { seq, status, attempt, deadLettered: false, progress: fraction === undefined ? null : { fraction } }
  }

  function seen(seq: number, skipped = 0): SeenUpdate {
    const { seq: _, ...job } = log[seq - 1] ?? event(seq, 'QUEUED', 0)
    return { seq, skipped, job }
  }
})
