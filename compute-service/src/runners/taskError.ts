import type { ErrorCode } from '@tributary/schema'

/** An error whose message whoever submitted the job may read. */
export type TaskError = Error & { code: ErrorCode; isRetryable: boolean }

/**
 * What a task throws to say why its attempt failed: `message` is shown to whoever submitted the job, every other error is logged
 * and shown as "The task failed". `isRetryable: false` fails the job at once, since trying again cannot help.
 */
export function taskError(options: {
  code?: ErrorCode
  message: string
  isRetryable: boolean
  cause?: unknown
}): TaskError {
  const { code = 'JOB_FAILED', message, isRetryable, cause } = options
  return Object.assign(new Error(message, { cause }), { name: 'TaskError', code, isRetryable })
}

/** Whether {@link taskError} made it. */
export function isTaskError(error: unknown): error is TaskError {
  return error instanceof Error && error.name === 'TaskError' && 'code' in error && 'isRetryable' in error
}
