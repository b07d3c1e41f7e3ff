export type Tables = {
  products: { id: string; sub_category: string; buyers: number }
  purchases: { user_id: string; product_id: string }
  served_versions: { published: Published; version: string }
  user_lists: ListsTable
  product_lists: ListsTable
  segments: SegmentsTable
  user_segments: { version: string; user_id: string; name: string }
}

/** What other services publish here. Of each, one version is served. */
export type Published = 'recommendations' | 'segments'

export type ListsTable = { version: string; id: string; product_ids: string[]; scores: number[] }

export type SegmentsTable = {
  version: string
  name: string
  description: string
  size: number
  recency_days: number
  frequency: number
  monetary: number
}
