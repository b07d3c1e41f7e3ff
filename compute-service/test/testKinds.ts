import { parse } from 'node:path'
import { z } from 'zod'
import { defineKind, type JobKind, type TaskKind } from '../src/index.ts'

/** A tiny kind that has the name of its task's file. */
function testKind(taskFile: URL, input: z.ZodType, limits: Partial<TaskKind> = {}): TaskKind {
  const { name } = parse(taskFile.pathname)
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
  testKind(new URL('./tasks/echo.ts', import.meta.url), z.json()),
  testKind(new URL('./tasks/hourly.ts', import.meta.url), z.strictObject({}), {
    rateLimit: { max: 1, perMs: 3_600_000 },
  }),
  testKind(
    new URL('./tasks/count.ts', import.meta.url),
    z.strictObject({ to: z.int().min(1).max(1_000), everyMs: z.int().min(0).max(1_000).default(0) }),
  ),
  testKind(new URL('./tasks/untilCancelled.ts', import.meta.url), z.strictObject({})),
  testKind(new URL('./tasks/ignoreAbort.ts', import.meta.url), z.strictObject({})),
  testKind(new URL('./tasks/tooLong.ts', import.meta.url), z.strictObject({}), { jobTimeoutMs: 500 }),
  testKind(new URL('./tasks/tooSlow.ts', import.meta.url), z.strictObject({}), {
    timeoutMs: 100,
    maxAttempts: 2,
  }),
  testKind(
    new URL('./tasks/break.ts', import.meta.url),
    z.strictObject({ how: z.enum(['throw', 'refuse', 'exit', 'memory', 'large', 'huge', 'kill', 'late']) }),
    {
      maxAttempts: 2,
    },
  ),
  testKind(new URL('./tasks/failUntil.ts', import.meta.url), z.strictObject({ attempt: z.int() }), {
    maxAttempts: 2,
  }),
  testKind(new URL('./tasks/large.ts', import.meta.url), z.strictObject({ bytes: z.int().min(2) }), {
    maxResultBytes: 4 * 1024 * 1024,
  }),
  testKind(new URL('./tasks/draw.ts', import.meta.url), z.strictObject({ files: z.array(z.string()) }), {
    maxAttempts: 1,
  }),
  testKind(new URL('./tasks/recordEffect.ts', import.meta.url), z.strictObject({ waitMs: z.int() }), {
    maxAttempts: 20,
  }),
]
