import { readFile } from 'node:fs/promises'
import { StartupError } from '@tributary/runtime'
import { z } from 'zod'
import { defineKind, type FunctionKind } from './JobKind.ts'

/**
 * Reads the file of `FUNCTIONS_FILE`: JSON, a list of functions, each of which becomes a kind. `secret` signs requests to those that have none
 * of their own. Throws a `StartupError` that names the function and what is wrong with it. Without a file there are none.
 */
export async function readFunctions({
  file,
  secret,
}: {
  file: string | undefined
  secret: string | undefined
}): Promise<FunctionKind[]> {
  if (file === undefined) return []
  const parsed = z
    .array(functionShape)
    .max(200)
    .safeParse(await readJson(file))
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new StartupError(`Please correct FUNCTIONS_FILE, ${file}: ${problems.join('; ')}.`)
  }
  return parsed.data.map((given) => toKind(given, secret))
}

const secretShape = z.string().min(16, 'Expected at least 16 characters')
const jsonSchema = z.union([z.boolean(), z.record(z.string(), z.json())])
const milliseconds = (min: number, max: number, fallback: number) => z.int().min(min).max(max).default(fallback)

const functionShape = z.strictObject({
  name: z.string().regex(/^[A-Za-z]\w{0,63}$/, 'Expected a name of letters, digits and _'),
  description: z.string().min(1).max(500),
  url: z.url({ protocol: /^https?$/, error: 'Expected a http:// or https:// URL' }).refine((url) => {
    const { username, password } = new URL(url)
    return username === '' && password === ''
  }, 'Expected a URL without user and password: requests are signed'),
  secret: secretShape.optional(),
  input: jsonSchema.default(true),
  output: jsonSchema.default(true),
  maxAttempts: z.int().min(1).max(100).default(3),
  timeoutMs: milliseconds(100, 7 * 86_400_000, 300_000),
  answerWithinMs: milliseconds(100, 900_000, 30_000),
  reportWithinMs: milliseconds(100, 86_400_000, 60_000),
  retryDelayMs: milliseconds(1, 60_000, 1_000),
  maxResultBytes: z.int().min(1).optional(),
  concurrency: z.int().min(1).optional(),
  rateLimit: z.strictObject({ max: z.int().min(1), perMs: z.int().min(1) }).optional(),
})

function toKind(given: z.infer<typeof functionShape>, sharedSecret: string | undefined): FunctionKind {
  const { url, input, output, secret = sharedSecret, answerWithinMs, reportWithinMs, ...rest } = given
  if (secret === undefined) {
    throw new StartupError(`Set FUNCTION_SECRET, which requests to the function ${given.name} are signed with.`)
  }
  const { maxResultBytes, concurrency, rateLimit, ...basics } = rest
  try {
    return defineKind<FunctionKind>({
      ...basics,
      input: toZod(input),
      inputSchema: input,
      output: toZod(output),
      endpoint: { url: new URL(url), secret, answerWithinMs, reportWithinMs },
      ...(maxResultBytes !== undefined && { maxResultBytes }),
      ...(concurrency !== undefined && { concurrency }),
      ...(rateLimit && { rateLimit }),
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`Please correct the function ${given.name} in FUNCTIONS_FILE: ${reason}.`)
  }
}

/** Throws for what it cannot check, rather than let it pass. `true` is whatever is JSON. */
function toZod(schema: z.infer<typeof jsonSchema>): z.ZodType {
  // Zod takes the words of draft 2020-12, and throws for values that they do not have.
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
}

async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new StartupError(
      `FUNCTIONS_FILE, ${file}, cannot be read: ${error instanceof Error ? error.message : error}.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new StartupError(`FUNCTIONS_FILE, ${file}, is no JSON: expected a list of functions.`)
  }
}
