import { type Logger, pino } from 'pino'

/** The log of one process: one JSON line an event, on standard output. */
export type Log = Logger

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/** How many bytes of lines wait for one another, and for how long at most: a write a line would cost more than making the line. */
const bufferBytes = 12 * 1024
const flushMs = 100

/**
 * A {@link Log} whose lines carry the service's name. Control characters in values come out escaped, as JSON has it. With `isBuffered`, for who
 * writes a line a request, lines are written many at a time, at the latest after 100 ms and when the process exits.
 */
export function createLog(options: { service: string; level: LogLevel; isBuffered?: boolean }): Log {
  const settings = {
    level: options.level,
    base: { service: options.service },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: createIsoTime(),
  }
  if (!options.isBuffered) return pino(settings)
  const output = pino.destination({ dest: 1, sync: true, minLength: bufferBytes, periodicFlush: flushMs })
  process.on('exit', () => output.flushSync())
  return pino(settings, output)
}

/** The time as pino writes it into a line; one text for all lines of a millisecond. */
function createIsoTime(): () => string {
  let lastMs = 0
  let text = ''
  return () => {
    const nowMs = Date.now()
    if (nowMs !== lastMs) {
      lastMs = nowMs
      text = `,"time":"${new Date(nowMs).toISOString()}"`
    }
    return text
  }
}
