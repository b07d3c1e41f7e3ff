import type { Readable, Writable } from 'node:stream'

/** Passes on what a process writes, by whole lines: those of several processes never run into each other. */
export function passLines(from: Readable, to: Writable): void {
  let rest: Buffer = Buffer.alloc(0)
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(newline) + 1
    if (end === 0) {
      rest = Buffer.concat([rest, chunk])
      return
    }
    to.write(Buffer.concat([rest, chunk.subarray(0, end)]))
    rest = chunk.subarray(end)
  })
  // A process that was killed may have been within a line.
  from.once('end', () => {
    if (rest.length > 0) to.write(Buffer.concat([rest, Buffer.from('\n')]))
  })
}

const newline = 0x0a
