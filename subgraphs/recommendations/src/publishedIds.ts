import { z } from 'zod'

const maxIdLength = 200

export const expectedId = `Expected ids of 1 to ${maxIdLength} characters, none of them U+0000`

/** Whether it can be an id of something that is published here. */
export function isId(text: string): boolean {
  return text.length > 0 && text.length <= maxIdLength && !text.includes('\0')
}

/** An id of something that is published here. */
export const id = z.string().refine(isId, expectedId)

/** Adds a problem for each key that has been seen before. */
export function checkUnique(given: { keys: readonly string[]; what: string; context: z.RefinementCtx }): void {
  const { keys, what, context } = given
  const seen = new Set<string>()
  for (const [index, key] of keys.entries()) {
    if (seen.has(key))
      context.addIssue({ code: 'custom', path: [index], message: `Expected one ${what} for ${JSON.stringify(key)}` })
    seen.add(key)
  }
}
