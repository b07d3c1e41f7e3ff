import { createLog, type Log } from '../index.ts'

/** A log that writes nothing. */
export const silentLog: Log = createLog({ service: 'test', level: 'silent' })
