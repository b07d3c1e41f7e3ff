/** Why a job fails whose result is so many bytes of JSON, or more than so many. */
export function resultTooLarge(bytes: number | string, maxBytes: number) {
  return { code: 'RESULT_TOO_LARGE', message: `The result is ${bytes} bytes, at most ${maxBytes} are kept` } as const
}
