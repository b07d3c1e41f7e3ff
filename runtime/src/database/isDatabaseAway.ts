import { systemErrorCode } from './systemErrorCode.ts'

/** By Node, a connection that cannot be made or broke; by PostgreSQL (appendix A), classes 08 and 57P (it stops or starts), and 53300. */
const away = /^(ECONN\w+|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|08\w{3}|57P0[1-5]|53300)$/

/** What node-postgres says where it has no code. */
const awayMessages =
  /^(Connection terminated|timeout (exceeded when trying to connect|expired)|Query read timeout|Client has encountered a connection error|Client was closed)/

/** Whether a statement failed because the database could not be reached, rather than because of the statement: it may work later. */
export function isDatabaseAway(error: unknown): boolean {
  const code = systemErrorCode(error)
  if (code !== undefined) return away.test(code)
  return error instanceof Error && awayMessages.test(error.message)
}
