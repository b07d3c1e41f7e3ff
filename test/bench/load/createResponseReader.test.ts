import { describe, expect, test } from '@jest/globals'
import { createResponseReader } from './createResponseReader.ts'
import { createHistogram } from './histogram.ts'

const stream = Buffer.from(
  [
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n10;x=1\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n',
    'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 400 Bad\r\ncontent-length: 3\r\n\r\nno!',
  ].join(''),
)

describe('the load generator', () => {
  test.each([1, 2, 3, 7, 50, stream.length])('reads responses that arrive in pieces of %i bytes', (size) => {
    const answers: string[] = []
    let body = ''
    const read = createResponseReader({
      onBody: (piece) => {
        body += piece.toString()
      },
      onEnd: (status) => {
        answers.push(`${status} ${body}`)
        body = ''
      },
    })
    for (let offset = 0; offset < stream.length; offset += size) read(stream.subarray(offset, offset + size))
    expect(answers).toEqual(['200 {"data":{}}', '200 hello0123456789abcdef', '503 ', '400 no!'])
  })

  test('refuses a response without a length', () => {
    const read = createResponseReader({ onBody() {}, onEnd() {} })
    expect(() => read(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow(/with a length/)
  })

  test('gives percentiles within 1 %', () => {
    const latencies = createHistogram()
    expect(latencies.percentile(0.5)).toBe(0)
    for (let durationMs = 1; durationMs <= 1_000; durationMs++) latencies.record(durationMs)
    expect(latencies.percentile(0.5)).toBeGreaterThan(495)
    expect(latencies.percentile(0.5)).toBeLessThan(506)
    expect(latencies.percentile(0.99)).toBeGreaterThan(980)
    expect(latencies.percentile(0.99)).toBeLessThan(1_001)
  })
})
