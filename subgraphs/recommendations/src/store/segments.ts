import { type Kysely, sql } from 'kysely'
import type { Segmentation } from '../segmentation.ts'
import { publishVersion, removeOlder } from './publishVersion.ts'
import type { SegmentsTable, Tables } from './tables.ts'

/** The segment that a customer is in. */
export type StoredSegment = {
  version: string
  name: string
  description: string
  size: number
  centroid: { recencyDays: number; frequency: number; monetary: number }
}

/** Publishes a segmentation, see {@link publishVersion}. */
export function publishSegments(db: Kysely<Tables>, { version, segments }: Segmentation): Promise<number> {
  const rows = segments.map(({ name, description, userIds, centroid }) => ({
    ...{ name, description, size: userIds.length, recency_days: centroid.recencyDays },
    ...{ frequency: centroid.frequency, monetary: centroid.monetary },
  }))
  const users = segments.flatMap(({ name, userIds }) => userIds.map((userId) => ({ user_id: userId, name })))
  return publishVersion(db, {
    published: 'segments',
    version,
    writes: [
      sql`new_segments AS (
        INSERT INTO segments (version, name, description, size, recency_days, frequency, monetary)
        SELECT published.version, name, description, size, recency_days, frequency, monetary
        FROM published, json_to_recordset(${JSON.stringify(rows)}::json) AS given (
          name text, description text, size integer,
          recency_days double precision, frequency double precision, monetary double precision
        )
      )`,
      sql`new_user_segments AS (
        INSERT INTO user_segments (version, user_id, name)
        SELECT published.version, user_id, name
        FROM published, json_to_recordset(${JSON.stringify(users)}::json) AS given (user_id text, name text)
      )`,
      removeOlder('segments'),
      removeOlder('user_segments'),
    ],
  })
}

/** The newest segment of each user, by user. Users whom the segmentation does not know are left out. */
export async function findSegments(
  db: Kysely<Tables>,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, StoredSegment>> {
  const { rows } = await sql<SegmentsTable & { user_id: string }>`
    SELECT user_id, segments.*
    FROM served_versions JOIN user_segments USING (version) JOIN segments USING (version, name)
    WHERE published = 'segments' AND user_id = ANY(${[...new Set(userIds)]}::text[])`.execute(db)
  return new Map(
    rows.map(({ user_id: userId, recency_days: recencyDays, frequency, monetary, ...segment }) => [
      userId,
      { ...segment, centroid: { recencyDays, frequency, monetary } },
    ]),
  )
}
