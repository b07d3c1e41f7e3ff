import { z } from 'zod'

/** What a function reports of an attempt. */
export type Callback = z.infer<typeof callbackShape>

const message = z
  .string()
  .max(500)
  .transform((text) => text.slice(0, 200))

const callbackShape = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('running'),
    progress: z.number().min(0).max(1).optional(),
    message: message.optional(),
  }),
  z.strictObject({ status: z.literal('succeeded'), output: z.json() }),
  z.strictObject({ status: z.literal('failed'), message: message.optional(), isRetryable: z.boolean().default(true) }),
])

/** Reads a report: JSON of one of the three shapes, or a sentence that says what is wrong with it. */
export function readCallback(body: string): { kind: 'read'; callback: Callback } | { kind: 'wrong'; reason: string } {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return { kind: 'wrong', reason: 'Expected a JSON body' }
  }
  const parsed = callbackShape.safeParse(json)
  if (parsed.success) return { kind: 'read', callback: parsed.data }
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`)
  return { kind: 'wrong', reason: problems.join('; ').slice(0, 500) }
}
