import { z } from 'zod'
import { checkUnique, id } from './publishedIds.ts'

const figure = z.number().min(0, 'Expected at least 0')

/** The rules of `PublishSegmentsInput` that its GraphQL type cannot express. */
export const segmentation = z.object({
  version: z.int().min(1, 'Expected at least 1'),
  segments: z
    .array(
      z.object({
        name: id,
        description: z.string().max(1_000, 'Expected at most 1,000 characters'),
        centroid: z.object({ recencyDays: figure, frequency: figure, monetary: figure }),
        userIds: z.array(id),
      }),
    )
    .max(100, 'Expected at most 100 segments')
    .superRefine((segments, context) => {
      checkUnique({ keys: segments.map(({ name }) => name), what: 'segment', context })
      const userIds = segments.flatMap((segment) => segment.userIds)
      if (new Set(userIds).size === userIds.length) return
      context.addIssue({ code: 'custom', message: 'Expected each user in one segment' })
    }),
})

/** A segmentation: groups of customers, each customer in one of them. */
export type Segmentation = z.infer<typeof segmentation>
