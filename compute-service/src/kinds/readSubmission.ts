import { createHash } from 'node:crypto'
import { codedError } from '@tributary/schema'
import { z } from 'zod'
import type { Submission } from '../ledger/store/submit.ts'
import type { JobKind } from './JobKind.ts'

/** What somebody asks for. `owner` is a user's id. */
export type SubmitRequest = {
  kind: string
  input: unknown
  owner: string
  idempotencyKey?: string | null | undefined
  /** -100 to 100: of two jobs that are due, the one with the higher number starts first. 0 by default. */
  priority?: number | null | undefined
  /** An instant as ISO 8601, at most a year away: it does not start before. */
  runAt?: string | null | undefined
  /** Where its end is told. */
  webhookUrl?: string | null | undefined
}

/** The largest input, in bytes of JSON. */
const maxInputBytes = 256 * 1024

const maxKeyLength = 200

const maxPriority = 100

/** A year, in milliseconds. */
const maxDelayMs = 366 * 86_400_000

/**
 * Checks a request against its kind. Throws `JOB_PAYLOAD_TOO_LARGE`, and `BAD_USER_INPUT` that names each field that does not fit, in words
 * and, as `{ field, message }` each, in `extensions.problems`.
 */
export function readSubmission(request: SubmitRequest, kinds: ReadonlyMap<string, JobKind>): Submission {
  const { kind: name, input, owner, idempotencyKey } = request
  const kind = kinds.get(name)
  if (!kind) {
    const known = [...kinds.keys()].join(', ')
    throw codedError(
      'BAD_USER_INPUT',
      `Expected \`kind\` to be one of ${known}, got ${JSON.stringify(name.slice(0, 100))}`,
    )
  }
  if (typeof idempotencyKey === 'string' && (idempotencyKey.length < 1 || idempotencyKey.length > maxKeyLength)) {
    throw codedError('BAD_USER_INPUT', `Expected \`idempotencyKey\` to be 1 to ${maxKeyLength} characters`)
  }
  if (idempotencyKey?.includes('\0')) {
    throw codedError('BAD_USER_INPUT', 'Expected `idempotencyKey` to be without the character U+0000')
  }
  // Measured before it is checked: checking may take long on what is too large.
  measure(input)
  const parsed = withinStack(() => kind.input.safeParse(input))
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ field: nameField(path), message }))
    const sentence = problems.map(({ field, message }) => `\`${field}\`: ${message}`).join('; ')
    throw codedError('BAD_USER_INPUT', sentence, { extensions: { problems } })
  }
  const inputJson = measure(parsed.data)
  return {
    kind: name,
    inputJson,
    inputHash: createHash('sha256').update(name).update('\0').update(canonicalJson(parsed.data)).digest(),
    owner,
    idempotencyKey: idempotencyKey ?? undefined,
    maxAttempts: kind.maxAttempts,
    timeoutMs: kind.jobTimeoutMs,
    priority: readPriority(request.priority),
    runAt: readRunAt(request.runAt),
  }
}

function readPriority(priority: number | null | undefined): number {
  if (priority === null || priority === undefined) return 0
  if (Number.isInteger(priority) && Math.abs(priority) <= maxPriority) return priority
  throw codedError(
    'BAD_USER_INPUT',
    `Expected \`priority\` to be from -${maxPriority} to ${maxPriority}, got ${priority}`,
  )
}

function readRunAt(runAt: string | null | undefined): Date | undefined {
  if (runAt === null || runAt === undefined) return undefined
  const instant = z.iso.datetime({ offset: true }).safeParse(runAt)
  if (!instant.success)
    throw codedError('BAD_USER_INPUT', 'Expected `runAt` to be an instant as 2016-11-08T00:00:00.000Z')
  const date = new Date(instant.data)
  if (date.getTime() - Date.now() > maxDelayMs) {
    throw codedError('BAD_USER_INPUT', 'Expected `runAt` to be at most a year away')
  }
  return date
}

/** As runtime's `readInput` names it, from the input on: `months`, `series[0].name`. */
function nameField(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return name.replace(/^\./, '') || 'input'
}

function measure(input: unknown): string {
  const json = withinStack(() => JSON.stringify(input)) ?? 'null'
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxInputBytes) return json
  throw codedError('JOB_PAYLOAD_TOO_LARGE', `The input is ${bytes} bytes, at most ${maxInputBytes} are taken`)
}

/** Values nested thousands of levels deep end the stack of whatever walks them. */
function withinStack<Value>(walk: () => Value): Value {
  try {
    return walk()
  } catch (error) {
    if (error instanceof RangeError) throw codedError('BAD_USER_INPUT', '`input`: is nested too deeply')
    throw error
  }
}

/** JSON with the keys of objects in order, so that inputs that mean the same read the same. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
