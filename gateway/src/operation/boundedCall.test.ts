import { createBoundedCall, NotNow } from './boundedCall.ts'

describe('a bounded call', () => {
  test('gives what the function gives, or throws what it throws', () => {
    const call = createBoundedCall()
    expect(call(() => ({ a: 1 }))).toEqual({ a: 1 })
    const thrown = new RangeError('no')
    const fails = () =>
      call(() => {
        throw thrown
      })
    expect(fails).toThrow(thrown)
    expect(call(() => 'again')).toBe('again')
  })

  test('stops what does not come to an end, and calls nothing for a while after that', () => {
    const call = createBoundedCall()
    let turns = 0
    const endless = () =>
      call(() => {
        for (;;) turns++
      })
    expect(endless).toThrow('timed out')
    expect(turns).toBeGreaterThan(0)
    expect(() => call(() => 'later')).toThrow(NotNow)
  })
})
