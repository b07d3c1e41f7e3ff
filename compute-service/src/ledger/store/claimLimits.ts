import { type RawBuilder, sql } from 'kysely'

/** What may run at a time, in all processes together. */
export type ClaimLimits = {
  /** How many jobs of one owner; undefined for any number. */
  perOwner: number | undefined
  /** Of the kinds that have limits of their own. */
  kinds: readonly KindLimits[]
}

/** `concurrency` is how many attempts may run at a time, `rate` how fast they may start. */
export type KindLimits = { kind: string; concurrency: number | undefined; rate: StartRate | undefined }

/**
 * Attempts start `everyMs` apart, in milliseconds. One that starts late is followed as soon as if it had been in time, unless it was later than `lateMs`: so
 * the rate is kept although workers are never quite in time, and of `n` starts in a row the last is `(n - 1) * everyMs - lateMs` after the first, or later. It
 * is the generic cell rate algorithm (ITU-T I.371).
 */
export type StartRate = { everyMs: number; lateMs: number }

export const noLimits: ClaimLimits = { perOwner: undefined, kinds: [] }

/** The condition on a row of `jobs` that it is queued, due, and of an owner and a kind that have room. */
export function claimable(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`status = 'QUEUED' and next_run_at <= clock_timestamp()
    and owner <> all(array(select * from full_owners(${perOwner(limits)})))
    and kind <> all(array(select * from full_kinds(${kinds(limits)})))`
}

/** Limits as `choose_job` of the migrations takes them. */
export function limitArguments(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`${perOwner(limits)}, ${kinds(limits)}, ${column(limits, ({ rate }) => rate?.lateMs)}::float8[]`
}

function perOwner(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`${limits.perOwner ?? null}::int`
}

function kinds(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`${column(limits, ({ kind }) => kind)}::text[], ${column(limits, ({ concurrency }) => concurrency)}::int[],
    ${column(limits, ({ rate }) => rate?.everyMs)}::float8[]`
}

function column<Value>({ kinds }: ClaimLimits, read: (limits: KindLimits) => Value | undefined): (Value | null)[] {
  return kinds.map((limits) => read(limits) ?? null)
}
