import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { drawPicture, shorten, text } from './picture.ts'
import { logTicks, roundTicks } from './scale.ts'

test('whatever a text holds, the document stays one, with that text alone in it', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", '\0', '\u{b}', '\ud800', '\uffff', 'é', '😀', ']]>', '</style>'),
  })
  fc.assert(
    fc.property(nasty, (content) => {
      const svg = drawPicture({
        ...{ width: 10, height: 10, title: content, description: content },
        parts: [text({ x: 1, y: 2, content })],
      })
      const tags = [...svg.matchAll(/<\/?([a-z]+)/g)].map(([, name]) => name)
      expect(tags).toEqual(['svg', 'title', 'title', 'desc', 'desc', 'style', 'style', 'rect', 'text', 'text', 'svg'])
      expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/)
      // Neither control characters nor halves of a character.
      expect(svg.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\uffff]/u)
      expect(Buffer.from(svg).toString()).toBe(svg)
    }),
  )
})

test('ticks are round, evenly spaced, begin at 0 and end at the largest value or just above it', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (max) => {
      const ticks = roundTicks(max, 4)
      const step = ticks[1]
      expect(ticks[0]).toBe(0)
      expect(ticks.length).toBeLessThanOrEqual(6)
      expect(ticks[ticks.length - 1]).toBeGreaterThanOrEqual(max * (1 - 1e-9))
      expect(ticks[ticks.length - 2]).toBeLessThan(max)
      expect(['1', '2', '5']).toContain(step.toExponential(6)[0])
      for (const [index, tick] of ticks.entries()) expect(tick).toBe(index * step)
    }),
  )
  expect(roundTicks(0, 4)).toEqual([0, 1])
  expect(logTicks(2, 1_000)).toEqual([3, 10, 30, 100, 300, 1_000])
})

test('shortens between characters', () => {
  expect([shorten('abc', 3), shorten('😀😀😀😀', 3), shorten('ab cdef', 4)]).toEqual(['abc', '😀😀…', 'ab…'])
})
