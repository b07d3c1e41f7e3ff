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
export function claimable({ perOwner, kinds }: ClaimLimits): RawBuilder<unknown> {
  const conditions = [sql`status = 'QUEUED' and next_run_at <= clock_timestamp()`]
  if (perOwner !== undefined) {
    conditions.push(sql`owner <> all(array(
      select owner from jobs where status = 'RUNNING' group by owner having count(*) >= ${perOwner}::int))`)
  }
  for (const limits of kinds) conditions.push(sql`(kind <> ${limits.kind} or ${kindHasRoom(limits)})`)
  return sql.join(conditions, sql` and `)
}

/** The same for one job of which the owner and the kind are locked. */
export function fitsLimits(
  { owner }: { owner: string },
  { perOwner }: ClaimLimits,
  kindLimits: KindLimits | undefined,
): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (perOwner !== undefined) {
    conditions.push(
      sql`(select count(*) from jobs others where others.status = 'RUNNING' and others.owner = ${owner}) < ${perOwner}::int`,
    )
  }
  if (kindLimits) conditions.push(kindHasRoom(kindLimits))
  return sql.join(conditions, sql` and `)
}

function kindHasRoom({ kind, concurrency, everyMs }: KindLimits): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (concurrency !== undefined) {
    conditions.push(
      sql`(select count(*) from jobs others where others.status = 'RUNNING' and others.kind = ${kind}) < ${concurrency}::int`,
    )
  }
  if (everyMs !== undefined) {
    conditions.push(sql`not exists (select from job_kind_starts where kind = ${kind} and next_at > clock_timestamp())`)
  }
  return sql.join(conditions, sql` and `)
}
