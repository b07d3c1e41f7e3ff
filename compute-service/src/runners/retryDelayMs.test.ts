import { expect, test } from '@jest/globals'
import { retryDelayMs } from './retryDelayMs.ts'

test('doubles from attempt to attempt up to a minute, of which the last half is random', () => {
  const attempts = [1, 2, 3, 4, 9, 2_000]
  const delays = (random: number, baseMs: number) =>
    attempts.map((attempt) => retryDelayMs({ attempt, baseMs }, () => random))
  expect(delays(0, 1_000)).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000])
  expect(delays(0.5, 1_000)).toEqual([750, 1_500, 3_000, 6_000, 45_000, 45_000])
  expect(delays(0, 20)).toEqual([10, 20, 40, 80, 2_560, 30_000])
})
