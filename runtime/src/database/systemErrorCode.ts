/** The `code` of an error of Node's (`ECONNREFUSED`) or PostgreSQL's (`28P01`, see appendix A of its manual), if it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  // What connecting to a name with several addresses gives.
  return 'errors' in error && Array.isArray(error.errors) ? systemErrorCode(error.errors[0]) : undefined
}
