import { type Logger, pino } from 'pino'

/** The log of one process: one JSON line an event, on standard output. */
export type Log = Logger

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

/** A {@link Log} whose lines carry the service's name. Control characters in values come out escaped, as JSON has it. */
export function createLog(options: { service: string; level: LogLevel }): Log {
  return pino({
    level: options.level,
    base: { service: options.service },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}
