import { z } from 'zod'
import { defineKind, type JobKind, type TaskKind } from '../src/index.ts'

/** A tiny kind. */
function testKind(name: string, taskFile: URL, input: z.ZodType, limits: Partial<TaskKind> = {}): TaskKind {
  return defineKind({
    name,
    description: `For tests: ${name}.`,
    input,
    output: z.json(),
    taskFile,
    maxAttempts: 3,
    timeoutMs: 20_000,
    retryDelayMs: 20,
    ...limits,
  })
}

/** Kinds that do what workers must survive. The URL of each is written out: so it is bundled with what starts it. */
export const testKinds: readonly JobKind[] = [
  testKind('echo', new URL('./tasks/echo.ts', import.meta.url), z.json()),
  testKind('hourly', new URL('./tasks/hourly.ts', import.meta.url), z.strictObject({}), {
    rateLimit: { max: 1, perMs: 3_600_000 },
  }),
  testKind(
    'count',
    new URL('./tasks/count.ts', import.meta.url),
    z.strictObject({ to: z.int().min(1).max(1_000), everyMs: z.int().min(0).max(1_000).default(0) }),
  ),
  testKind('untilCancelled', new URL('./tasks/untilCancelled.ts', import.meta.url), z.strictObject({})),
  testKind('ignoreAbort', new URL('./tasks/ignoreAbort.ts', import.meta.url), z.strictObject({})),
  testKind('tooLong', new URL('./tasks/tooLong.ts', import.meta.url), z.strictObject({}), { jobTimeoutMs: 500 }),
  testKind('tooSlow', new URL('./tasks/tooSlow.ts', import.meta.url), z.strictObject({}), {
    timeoutMs: 100,
    maxAttempts: 2,
  }),
  testKind(
    'break',
    new URL('./tasks/break.ts', import.meta.url),
    z.strictObject({ how: z.enum(['throw', 'refuse', 'exit', 'memory', 'large', 'huge', 'kill', 'late']) }),
    {
      maxAttempts: 2,
    },
  ),
  testKind('failUntil', new URL('./tasks/failUntil.ts', import.meta.url), z.strictObject({ attempt: z.int() }), {
    maxAttempts: 2,
  }),
  testKind('large', new URL('./tasks/large.ts', import.meta.url), z.strictObject({ bytes: z.int().min(2) }), {
    maxResultBytes: 4 * 1024 * 1024,
  }),
  testKind('draw', new URL('./tasks/draw.ts', import.meta.url), z.strictObject({ files: z.array(z.string()) }), {
    maxAttempts: 1,
  }),
  testKind('recordEffect', new URL('./tasks/recordEffect.ts', import.meta.url), z.strictObject({ waitMs: z.int() }), {
    maxAttempts: 20,
  }),
]
