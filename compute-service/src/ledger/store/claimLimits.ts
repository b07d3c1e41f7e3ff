import { type RawBuilder, sql } from 'kysely'

/** What may run at a time, in all processes together. */
export type ClaimLimits = {
  /** How many jobs of one owner; undefined for any number. */
  perOwner: number | undefined
  /** Of the kinds that have limits of their own. */
  kinds: readonly KindLimits[]
}

/** `concurrency` is how many attempts may run at a time, `everyMs` how far apart they start at least, in milliseconds. */
export type KindLimits = { kind: string; concurrency: number | undefined; everyMs: number | undefined }

export const noLimits: ClaimLimits = { perOwner: undefined, kinds: [] }

/** The condition on a row of `jobs` that it is queued, due, and of an owner and a kind that have room. */
export function claimable(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`status = 'QUEUED' and next_run_at <= clock_timestamp()
    and owner <> all(array(select * from full_owners(${perOwner(limits)})))
    and kind <> all(array(select * from full_kinds(${kinds(limits)})))`
}

/** Limits as the functions of the migrations take them. */
export function limitArguments(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`${perOwner(limits)}, ${kinds(limits)}`
}

function perOwner(limits: ClaimLimits): RawBuilder<unknown> {
  return sql`${limits.perOwner ?? null}::int`
}

function kinds({ kinds }: ClaimLimits): RawBuilder<unknown> {
  const column = <Value>(read: (limits: KindLimits) => Value | undefined) => kinds.map((limits) => read(limits) ?? null)
  return sql`${column(({ kind }) => kind)}::text[], ${column(({ concurrency }) => concurrency)}::int[],
    ${column(({ everyMs }) => everyMs)}::float8[]`
}
