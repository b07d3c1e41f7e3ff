import { defineKind } from '@tributary/compute-service'
import { z } from 'zod'

/** A job that waits, so that its clients have subscribed when it ends. */
export const benchKind = defineKind({
  name: 'waitAWhile',
  description: 'For the bench: waits.',
  input: z.strictObject({ waitMs: z.int().min(0).max(10_000) }),
  output: z.json(),
  taskFile: new URL('./waitAWhile.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 20_000,
})
