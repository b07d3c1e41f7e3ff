import type { ClaimLimits, StartRate } from '../ledger/store/claimLimits.ts'
import type { JobKind } from './JobKind.ts'

/** How late a start may be that is made up for, in milliseconds, and as a share of the time that the rate is given for. */
const maxLateMs = 100
const maxLateShare = 1 / 20

/** The limits that claims keep to. */
export function limitsOf(kinds: ReadonlyMap<string, JobKind>, perOwner: number): ClaimLimits {
  const limits = [...kinds.values()].map(({ name, concurrency, rateLimit }) => ({
    kind: name,
    concurrency,
    rate: rateLimit && startRateOf(rateLimit),
  }))
  return {
    perOwner,
    kinds: limits.filter(({ concurrency, rate }) => concurrency !== undefined || rate !== undefined),
  }
}

/** Slower by what is made up for, so that never more than `max` start within `perMs`, whichever of them are late. */
function startRateOf({ max, perMs }: { max: number; perMs: number }): StartRate {
  const lateMs = Math.min(maxLateMs, perMs * maxLateShare)
  return { everyMs: (perMs + lateMs) / max, lateMs }
}
