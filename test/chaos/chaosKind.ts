import { defineKind } from '@tributary/compute-service'
import { z } from 'zod'

const input = z.strictObject({ databaseUrl: z.string(), waitMs: z.int().min(0).max(60_000) })
const output = z.strictObject({ attempt: z.int() })

export type ChaosInput = z.infer<typeof input>
export type ChaosOutput = z.infer<typeof output>

/** A job whose effect is a row. It may be started as often as its workers are killed. */
export const chaosKind = defineKind({
  name: 'recordEffect',
  description: 'Writes one row, under the fence of its attempt.',
  input,
  output,
  taskFile: new URL('./recordEffect.ts', import.meta.url),
  maxAttempts: 1_000,
  timeoutMs: 120_000,
  retryDelayMs: 100,
})
