import { storableText } from '@tributary/runtime/database'
import DataLoader from 'dataloader'
import type { ResolversTypes } from './generated/resolverTypes.ts'
import type { Lists, ModelList, PopularList, Store } from './store/createStore.ts'
import type { StoredSegment } from './store/segments.ts'

type Recommendation = Awaited<ResolversTypes['Recommendation']>

/** Whose list, and how much of it. */
export type ListKey = { id: string; first: number }

/**
 * The lookups of one operation: however many lists, of whatever lengths, they take one statement for the model's and one for those
 * that the model does not have.
 */
export type Loaders = {
  /** What a user may like, best first. A user whom nobody knows gets what sells best. */
  recommendations: DataLoader<ListKey, Recommendation[], string>
  /** What is similar to a product, best first. A product that nobody knows gets what sells best. */
  similar: DataLoader<ListKey, Recommendation[], string>
  /** The segment of a user, by id; null for one whom the segmentation does not know. */
  segment: DataLoader<string, StoredSegment | null>
}

/** The most lists that one statement is asked for. */
const maxBatchSize = 1_000

export function createLoaders(store: Store): Loaders {
  return {
    recommendations: listLoader({
      fromModel: store.findUserLists,
      popular: store.findPopularForUsers,
      modelReason: 'Bought by customers with similar purchases',
    }),
    similar: listLoader({
      fromModel: store.findProductLists,
      popular: store.findPopularBeside,
      modelReason: 'Often bought by the same customers',
    }),
    segment: new DataLoader(
      async (userIds) => {
        const ids = userIds.map(storableText)
        const segments = await store.findSegments(ids)
        return ids.map((id) => segments.get(id) ?? null)
      },
      { maxBatchSize },
    ),
  }
}

function listLoader(source: {
  fromModel(ids: readonly string[], limit: number): Promise<Lists<ModelList>>
  popular(ids: readonly string[], limit: number): Promise<Lists<PopularList>>
  modelReason: string
}): DataLoader<ListKey, Recommendation[], string> {
  return new DataLoader(load, { maxBatchSize, cacheKeyFn: ({ id, first }) => `${first} ${id}` })

  async function load(keys: readonly ListKey[]): Promise<Recommendation[][]> {
    const limit = Math.max(...keys.map((key) => key.first))
    const ids = keys.map((key) => storableText(key.id))
    const model = await source.fromModel(ids, limit)
    const rest = ids.filter((id) => !model.has(id))
    const popular = rest.length === 0 ? undefined : await source.popular(rest, limit)
    return keys.map(({ first }, index) => {
      const list = model.get(ids[index])
      return list ? fromModel(list, first) : fromPopularity(popular?.get(ids[index]), first)
    })
  }

  function fromModel({ version, products }: ModelList, first: number): Recommendation[] {
    return products.slice(0, first).map(({ id, score }) => ({
      product: { id },
      score,
      reason: source.modelReason,
      source: 'MODEL',
      modelVersion: version,
    }))
  }
}

function fromPopularity(list: PopularList | undefined, first: number): Recommendation[] {
  const where = list?.subCategory ? ` in ${list.subCategory}` : ''
  return (list?.products ?? []).slice(0, first).map(({ id, buyers }) => ({
    product: { id },
    score: buyers,
    reason: `Popular${where}: bought by ${buyers} customer${buyers === 1 ? '' : 's'}`,
    source: 'POPULARITY',
    modelVersion: null,
  }))
}
