import { defineKind } from '@tributary/compute-service'
import { z } from 'zod'

const input = z.strictObject({
  steps: z.int().min(1).max(1_000),
  stepMs: z.int().min(0).max(60_000),
  /** How many attempts fail half-way and are tried again. */
  failures: z.int().min(0).max(10),
  /** Whether the job fails in the end. */
  fails: z.boolean(),
})
const output = z.strictObject({ steps: z.int() })

export type StepInput = z.infer<typeof input>
export type StepOutput = z.infer<typeof output>

/** A small job that tells of each of its steps. It may be started as often as its workers are killed. */
export const stepKind = defineKind({
  name: 'takeSteps',
  description: 'Takes steps, and tells of each.',
  input,
  output,
  taskFile: new URL('./takeSteps.ts', import.meta.url),
  maxAttempts: 1_000,
  timeoutMs: 120_000,
  retryDelayMs: 50,
})
