import { z } from 'zod'
import { defineKind, type JobKind, type TaskKind } from '../src/index.ts'

/** A tiny kind whose task is in `tasks/<name>.ts`. */
function testKind(name: string, input: z.ZodType, limits: Partial<TaskKind> = {}): TaskKind {
  return defineKind({
    name,
    description: `For tests: ${name}.`,
    input,
    output: z.json(),
    taskFile: new URL(`./tasks/${name}.ts`, import.meta.url),
    maxAttempts: 3,
    timeoutMs: 20_000,
    retryDelayMs: 20,
    ...limits,
  })
}

/** Kinds that do what workers must survive. */
export const testKinds: readonly JobKind[] = [
  testKind('echo', z.json()),
  testKind('hourly', z.strictObject({}), { rateLimit: { max: 1, perMs: 3_600_000 } }),
  testKind('count', z.strictObject({ to: z.int().min(1).max(1_000), everyMs: z.int().min(0).max(1_000).default(0) })),
  testKind('untilCancelled', z.strictObject({})),
  testKind('ignoreAbort', z.strictObject({})),
  testKind('tooLong', z.strictObject({}), { jobTimeoutMs: 500 }),
  testKind('tooSlow', z.strictObject({}), { timeoutMs: 100, maxAttempts: 2 }),
  testKind(
    'break',
    z.strictObject({ how: z.enum(['throw', 'refuse', 'exit', 'memory', 'large', 'huge', 'kill', 'late']) }),
    {
      maxAttempts: 2,
    },
  ),
  testKind('failUntil', z.strictObject({ attempt: z.int() }), { maxAttempts: 2 }),
  testKind('large', z.strictObject({ bytes: z.int().min(2) }), { maxResultBytes: 4 * 1024 * 1024 }),
  testKind('draw', z.strictObject({ files: z.array(z.string()) }), { maxAttempts: 1 }),
  testKind('recordEffect', z.strictObject({ waitMs: z.int() }), { maxAttempts: 20 }),
]
