import { z } from 'zod'
import { checkUnique, expectedId, id, isId } from './publishedIds.ts'

/** The longest list that is kept; `first` may be up to 50. */
const maxListLength = 100

/** The rules of `PublishModelInput` that its GraphQL type cannot express, and the shape that the store takes. */
export const trainedModel = z.object({
  version: z.int().min(1, 'Expected at least 1'),
  users: z.array(list('userId')).superRefine(checkLists),
  products: z.array(list('productId')).superRefine(checkLists),
})

/** A trained model: for each user and product, products best first with a score each. */
export type TrainedModel = z.infer<typeof trainedModel>

function list(key: 'userId' | 'productId') {
  return z
    .object({
      [key]: id,
      // Checked all at once: a model has a hundred thousand of them.
      productIds: z
        .array(z.string())
        .max(maxListLength, `Expected at most ${maxListLength} products`)
        .refine((ids) => ids.every(isId), expectedId),
      scores: z.array(z.number()),
    })
    .refine(({ productIds, scores }) => productIds.length === scores.length, 'Expected one score for each product')
    .transform((given) => ({ id: String(given[key]), productIds: given.productIds, scores: given.scores }))
}

function checkLists(lists: readonly { id: string }[], context: z.RefinementCtx): void {
  checkUnique({ keys: lists.map(({ id }) => id), what: 'list', context })
}
