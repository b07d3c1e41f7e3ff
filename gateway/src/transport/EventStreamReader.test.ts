import { createEventStreamReader, type ServerSentEvent } from './EventStreamReader.ts'

const text =
  '\ufeff: comment\r\n\r\nevent: next\r\ndata: {"é":1}\r\n\r\ndata:a\rdata: b\n\nid: 1\nretry: 5\nevent:complete\ndata\n\nevent: complete\n\ndata: cut off'
const events = [
  { event: 'next', data: '{"é":1}' },
  { event: 'message', data: 'a\nb' },
  { event: 'complete', data: '' },
  { event: 'complete', data: '' },
]

test('events are read wherever their bytes are cut, with any line end, without comments and other fields', () => {
  const bytes = Buffer.from(text)
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first, first + 1, Math.min(first + 7, bytes.length)]) {
      expect(read([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])).toEqual(events)
    }
  }
})

test('an event that is too long ends it, in one line or in many; comments may go on for ever', () => {
  for (const long of [`data: ${'x'.repeat(60)}`, 'data: x\n'.repeat(10)]) {
    expect(createEventStreamReader({ maxEventLength: 50 }).read(Buffer.from(long))).toBeUndefined()
  }
  const reader = createEventStreamReader({ maxEventLength: 50 })
  for (let n = 0; n < 20; n++) expect(reader.read(Buffer.from(': hello\n\ndata: x\n\n'))).toHaveLength(1)
})

function read(chunks: Uint8Array[]): ServerSentEvent[] {
  const reader = createEventStreamReader({ maxEventLength: 1_000 })
  return chunks.flatMap((chunk) => reader.read(chunk) ?? [])
}
