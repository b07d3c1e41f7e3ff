import { codedError } from '@tributary/schema'
import type { z } from 'zod'

/** One thing that is wrong with an input. */
export type InputProblem = { field: string; message: string }

/**
 * Checks a GraphQL input against a zod schema. Throws `BAD_USER_INPUT` that names every field that does not fit, in words and,
 * as `{ field, message }` each, in `extensions.problems`; a field is named as `lines[0].quantity`.
 */
export function readInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw badInput(parsed.error.issues.map(({ path, message }) => ({ field: nameField(path), message })))
}

/** The `BAD_USER_INPUT` of {@link readInput}, for what only the store can find out. */
export function badInput(problems: readonly InputProblem[]): Error {
  const message = problems.map((problem) => `\`${problem.field}\`: ${problem.message}`).join('; ')
  return codedError('BAD_USER_INPUT', message, { extensions: { problems } })
}

function nameField(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
