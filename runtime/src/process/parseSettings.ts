import { z } from 'zod'
import { StartupError } from './StartupError.ts'

/**
 * Reads a program's settings from the environment: one zod field a variable. An empty variable counts as unset.
 * Throws a {@link StartupError} that names every variable that does not parse, what was expected and what came.
 */
export function parseSettings<Shape extends z.ZodRawShape>(
  shape: z.ZodObject<Shape>,
  env: Record<string, string | undefined>,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape.shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  )
  const parsed = shape.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0])
    return `${name}: ${issue.message}, got ${shown(name, given[name])}`
  })
  throw new StartupError(`Please correct the settings: ${problems.join('; ')}.`)
}

/** A value as a message may have it: never a secret, nor a URL that may hold a password. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'nothing'
  return /SECRET|KEY/.test(name) || value.includes('@') ? 'something else (not shown)' : JSON.stringify(value)
}

/** A port to listen on; 0 takes any free one. */
export const portSetting = (defaultPort: number) =>
  numberSetting({ what: 'a port from 0 to 65535', min: 0, max: 65_535, fallback: defaultPort })

/** A whole number within bounds. */
export function numberSetting(options: { what?: string; min: number; max: number; fallback: number }) {
  const expected = `Expected ${options.what ?? `a whole number from ${options.min} to ${options.max}`}`
  return z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .refine((value) => value >= options.min && value <= options.max, expected)
    .default(options.fallback)
}

/** `1`, `true`, `0` or `false`. */
export function flagSetting(fallback: boolean) {
  return z
    .enum(['1', 'true', '0', 'false'], 'Expected 1, true, 0 or false')
    .transform((value) => value === '1' || value === 'true')
    .default(fallback)
}
