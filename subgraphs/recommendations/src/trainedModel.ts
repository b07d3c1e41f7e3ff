import { z } from 'zod'

/** The longest list that is kept; `first` may be up to 50. */
const maxListLength = 100

const maxIdLength = 200
const expectedId = `Expected ids of 1 to ${maxIdLength} characters, none of them U+0000`

/** The rules of `PublishModelInput` that its GraphQL type cannot express, and the shape that the store takes. */
export const trainedModel = z.object({
  version: z.int().min(1, 'Expected at least 1'),
  users: z.array(list('userId')).superRefine(checkUnique),
  products: z.array(list('productId')).superRefine(checkUnique),
})

/** A trained model: for each user and product, products best first with a score each. */
export type TrainedModel = z.infer<typeof trainedModel>

function list(key: 'userId' | 'productId') {
  return z
    .object({
      [key]: z.string().refine(isId, expectedId),
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

function isId(text: string): boolean {
  return text.length > 0 && text.length <= maxIdLength && !text.includes('\0')
}

function checkUnique(lists: readonly { id: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, { id }] of lists.entries()) {
    if (seen.has(id))
      context.addIssue({ code: 'custom', path: [index], message: `Expected one list for ${JSON.stringify(id)}` })
    seen.add(id)
  }
}
