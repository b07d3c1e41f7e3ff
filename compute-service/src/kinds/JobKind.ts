import { z } from 'zod'

/** Something that can be submitted as a job. All that the system knows of a kind is here. */
export type JobKind = TaskKind | FunctionKind

/** A kind whose task runs in a worker thread. */
export type TaskKind = KindBasics & {
  /** The file of the task, which exports it under the kind's name; see `Task`. */
  taskFile: URL
  endpoint?: undefined
}

/** A kind that runs elsewhere, behind a URL. */
export type FunctionKind = KindBasics & {
  endpoint: FunctionEndpoint
  /** The JSON Schema that `input` was made of. */
  inputSchema: unknown
}

/** Where a function is, and what is agreed with it. */
export type FunctionEndpoint = {
  url: URL
  /** What requests to it and its callbacks are signed with. */
  secret: string
  /** How long one request may take until it is answered, in milliseconds. */
  answerWithinMs: number
  /** How long a function that answered 202 may be silent before its attempt is lost, in milliseconds. */
  reportWithinMs: number
}

type KindBasics = {
  /** What `submitJob(kind)` calls it. */
  name: string
  /** What it does, in a sentence for people. */
  description: string
  /** Checked before a job is created; what it gives (defaults filled in) is the task's input. Both sides must be JSON. */
  input: z.ZodType
  /** Checked before the job succeeds. What does not fit fails the job. */
  output: z.ZodType
  /** How often a job is tried before it is dead-lettered. */
  maxAttempts: number
  /** How long one attempt may take, in milliseconds. */
  timeoutMs: number
  /** How long the job may take in all, from when it may start to its end, in milliseconds. Any time by default. */
  jobTimeoutMs?: number
  /** How long to wait before the second attempt, in milliseconds; twice as long before each later one. 1,000 by default. */
  retryDelayMs?: number
  /** The largest result, in bytes of JSON: above it the job fails with `RESULT_TOO_LARGE`. 1 MiB by default, at most 100 MiB. */
  maxResultBytes?: number
  /** How many attempts of this kind may run at a time, in all processes together. Any number by default. */
  concurrency?: number
  /**
   * How many attempts of this kind may start within a time, in all processes together: never more within any such time, about evenly spaced, and at most 5% fewer
   * where there are enough jobs. Any number by default.
   */
  rateLimit?: { max: number; perMs: number }
}

/** Checks a {@link JobKind} as it is written down. */
export function defineKind<Kind extends JobKind = TaskKind>(kind: Kind): Kind {
  if (kind.maxAttempts < 1) throw new Error(`Expected maxAttempts of ${kind.name} to be at least 1`)
  if ((kind.concurrency ?? 1) < 1) throw new Error(`Expected concurrency of ${kind.name} to be at least 1`)
  if (kind.rateLimit && !(kind.rateLimit.max > 0 && kind.rateLimit.perMs > 0)) {
    throw new Error(`Expected rateLimit of ${kind.name} to have positive \`max\` and \`perMs\``)
  }
  if ((kind.maxResultBytes ?? 1) > 100 * 1024 * 1024) {
    throw new Error(`Expected maxResultBytes of ${kind.name} to be at most 100 MiB`)
  }
  // Throws for what JSON Schema cannot say, when the program starts rather than when somebody asks.
  inputJsonSchema(kind)
  return kind
}

/** The JSON Schema (draft 2020-12) of what may be submitted. */
export function inputJsonSchema(kind: JobKind): unknown {
  return kind.endpoint ? kind.inputSchema : z.toJSONSchema(kind.input, { io: 'input' })
}
