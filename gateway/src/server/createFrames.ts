import type { StreamResult } from '../stream/EventStream.ts'
import type { StreamFormat } from './StreamFormat.ts'

/** Puts a result into the frame of a format. */
export type Frames = (format: StreamFormat, result: StreamResult) => string

/** {@link Frames} that make one for all who share a result: they get it one after the other, so the last of each format is enough to remember. */
export function createFrames(): Frames {
  const last = new Map<StreamFormat, { result: StreamResult; frame: string }>()
  return (format, result) => {
    const known = last.get(format)
    if (known?.result === result) return known.frame
    const frame = format.next(result)
    last.set(format, { result, frame })
    return frame
  }
}
