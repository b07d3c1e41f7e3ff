import type { JobKind } from './JobKind.ts'

/** The largest result of a kind, in bytes of JSON. */
export function maxResultBytesOf({ maxResultBytes = 1024 * 1024 }: JobKind): number {
  return maxResultBytes
}
