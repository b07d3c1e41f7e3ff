import type { ClaimLimits } from '../ledger/store/claimLimits.ts'
import type { JobKind } from './JobKind.ts'

/** The limits that claims keep to. */
export function limitsOf(kinds: ReadonlyMap<string, JobKind>, perOwner: number): ClaimLimits {
  const limits = [...kinds.values()].map(({ name, concurrency, rateLimit }) => ({
    kind: name,
    concurrency,
    everyMs: rateLimit && rateLimit.perMs / rateLimit.max,
  }))
  return {
    perOwner,
    kinds: limits.filter(({ concurrency, everyMs }) => concurrency !== undefined || everyMs !== undefined),
  }
}
