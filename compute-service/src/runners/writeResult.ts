import { resultTooLarge } from './resultTooLarge.ts'
import { taskError } from './taskError.ts'

/**
 * A task's result as JSON of at most `maxBytes` bytes. Throws `RESULT_TOO_LARGE` for more, as soon as that is certain: a text of gigabytes would
 * take the thread with it before it could be measured.
 */
export function writeResult(result: unknown, maxBytes: number): string {
  let atLeastBytes = 0
  const json = JSON.stringify(result, (_key, value: unknown) => {
    if (typeof value === 'string') atLeastBytes += value.length + 2
    else if (value !== undefined) atLeastBytes++
    if (atLeastBytes > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes)
    return value
  })
  const bytes = Buffer.byteLength(json)
  if (bytes > maxBytes) throw tooLarge(`${bytes}`, maxBytes)
  return json
}

function tooLarge(bytes: string, maxBytes: number): Error {
  return taskError({ ...resultTooLarge(bytes, maxBytes), isRetryable: false })
}
