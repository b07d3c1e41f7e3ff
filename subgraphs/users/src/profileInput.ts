import { z } from 'zod'
import type { ProfileChange } from './store.ts'

/** The rules of `UpdateProfileInput` that its GraphQL type cannot express. A field that is null counts as left out. */
export const profileInput: z.ZodType<ProfileChange> = z.object({
  name: text(200).nullish().transform(nullAsLeftOut),
  customerType: z.enum(['CONSUMER', 'CORPORATE', 'HOME_OFFICE']).nullish().transform(nullAsLeftOut),
  place: z
    .object({
      city: text(200),
      state: text(200),
      country: text(200),
      postalCode: text(20)
        .nullish()
        .transform((code) => code ?? null),
      region: text(200),
    })
    .nullish()
    .transform(nullAsLeftOut),
})

function text(maxLength: number) {
  const expected = `Expected 1 to ${maxLength} characters, none of them a control character`
  return z
    .string()
    .trim()
    .min(1, expected)
    .max(maxLength, expected)
    .refine((value) => !/\p{Cc}/u.test(value), expected)
}

function nullAsLeftOut<Value>(value: Value): NonNullable<Value> | undefined {
  return value ?? undefined
}
