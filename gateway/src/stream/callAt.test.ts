import { callAt } from './callAt.ts'

describe('callAt', () => {
  test('calls at its time, at once when that has passed, and never once cancelled', async () => {
    const calls: string[] = []
    const cancel = callAt(Date.now() + 5, () => void calls.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => callAt(Date.now() - 1_000, resolve))
    await new Promise<void>((resolve) => callAt(Date.now() + 20, resolve))
    expect(calls).toEqual([])
  })

  test('trap 10: a time further away than the longest timer of Node does not come at once', async () => {
    let isCalled = false
    const cancel = callAt(Date.now() + 2 ** 31 + 1_000, () => {
      isCalled = true
    })
    await new Promise<void>((resolve) => callAt(Date.now() + 20, resolve))
    cancel()
    expect(isCalled).toBe(false)
  })
})
