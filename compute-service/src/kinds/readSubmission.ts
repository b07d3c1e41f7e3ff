import { createHash } from 'node:crypto'
import { codedError } from '@tributary/schema'
import type { Submission } from '../ledger/store/submit.ts'
import type { JobKind } from './JobKind.ts'

/** What somebody asks for. `owner` is a user's id. */
export type SubmitRequest = { kind: string; input: unknown; owner: string; idempotencyKey?: string | null | undefined }

/** The largest input, in bytes of JSON. */
const maxInputBytes = 256 * 1024

const maxKeyLength = 200

/**
 * Checks a request against its kind. Throws `BAD_USER_INPUT` that names each field that does not fit (`extensions.fields` lists them) and
 * `JOB_PAYLOAD_TOO_LARGE`.
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
  const parsed = kind.input.safeParse(input)
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => ({ path: ['input', ...path].join('.'), message }))
    const problems = fields.slice(0, 10).map(({ path, message }) => `\`${path}\`: ${message}`)
    throw codedError('BAD_USER_INPUT', problems.join('; '), { extensions: { fields: fields.slice(0, 100) } })
  }
  const inputJson = measure(parsed.data)
  return {
    kind: name,
    inputJson,
    inputHash: createHash('sha256').update(name).update('\0').update(canonicalJson(parsed.data)).digest(),
    owner,
    idempotencyKey: idempotencyKey ?? undefined,
    maxAttempts: kind.maxAttempts,
  }
}

function measure(input: unknown): string {
  let json: string
  try {
    json = JSON.stringify(input) ?? 'null'
  } catch {
    throw codedError('BAD_USER_INPUT', '`input`: is nested too deeply')
  }
  const bytes = Buffer.byteLength(json)
  if (bytes <= maxInputBytes) return json
  throw codedError('JOB_PAYLOAD_TOO_LARGE', `The input is ${bytes} bytes, at most ${maxInputBytes} are taken`)
}

/** JSON with the keys of objects in order, so that inputs that mean the same read the same. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
