import { defineKind } from '@tributary/compute-service'
import { z } from 'zod'

/** A job that does next to nothing: what it costs is what a job costs. */
export const tinyKind = defineKind({
  name: 'tiny',
  description: 'Adds one.',
  input: z.strictObject({ n: z.int() }),
  output: z.strictObject({ n: z.int() }),
  taskFile: new URL('./tiny.ts', import.meta.url),
  maxAttempts: 3,
  timeoutMs: 10_000,
})
