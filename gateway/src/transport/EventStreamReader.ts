/** Reads an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) from chunks cut anywhere. */
export type EventStreamReader = {
  /** The events that the chunk completes; undefined when one is longer than it may be: then nothing more can be read. */
  read(chunk: Uint8Array): ServerSentEvent[] | undefined
}

/** `event` is `message` where the stream does not name it. */
export type ServerSentEvent = { event: string; data: string }

/** An {@link EventStreamReader} for events of at most so many characters. Ids and retry hints are not looked at. */
export function createEventStreamReader({ maxEventLength }: { maxEventLength: number }): EventStreamReader {
  const decoder = new TextDecoder()
  /** The last line, which has not ended yet. */
  let line = ''
  let endedWithCr = false
  let event: string | undefined
  let data: string[] = []
  let length = 0
  return {
    read(chunk) {
      const text = decoder.decode(chunk, { stream: true })
      if (text === '') return []
      const events: ServerSentEvent[] = []
      // One line end may be cut in two.
      const lines = (endedWithCr && text.startsWith('\n') ? text.slice(1) : text).split(/\r\n|\n|\r/)
      endedWithCr = text.endsWith('\r')
      lines[0] = line + lines[0]
      line = lines.pop() ?? ''
      for (const each of lines) {
        take(each, events)
        if (length > maxEventLength) return undefined
      }
      return length + line.length > maxEventLength ? undefined : events
    },
  }

  function take(ended: string, events: ServerSentEvent[]): void {
    if (ended === '') {
      // Some servers say `complete` without a data line.
      if (event !== undefined || data.length > 0) events.push({ event: event ?? 'message', data: data.join('\n') })
      event = undefined
      data = []
      length = 0
      return
    }
    const colon = ended.indexOf(':')
    // A comment.
    if (colon === 0) return
    length += ended.length
    const name = colon < 0 ? ended : ended.slice(0, colon)
    const value = colon < 0 ? '' : ended.slice(ended[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
  }
}
