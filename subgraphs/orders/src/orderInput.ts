import { z } from 'zod'

/** The rules of `PlaceOrderInput` that its GraphQL type cannot express. */
export const orderInput = z.object({
  lines: z
    .array(
      z.object({
        productId: text(200),
        quantity: z.int().min(1, 'Expected 1 to 10,000').max(10_000, 'Expected 1 to 10,000'),
      }),
    )
    .min(1, 'Expected 1 to 100 lines')
    .max(100, 'Expected 1 to 100 lines'),
  shipMode: z.enum(['SAME_DAY', 'FIRST_CLASS', 'SECOND_CLASS', 'STANDARD_CLASS']),
  idempotencyKey: text(200)
    .nullish()
    .transform((key) => key ?? undefined),
})

function text(maxLength: number) {
  const expected = `Expected 1 to ${maxLength} characters, none of them a control character`
  return z
    .string()
    .min(1, expected)
    .max(maxLength, expected)
    .refine((value) => !/\p{Cc}/u.test(value), expected)
}
