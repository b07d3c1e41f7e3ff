import { isDeepStrictEqual } from 'node:util'
import type { GraphQLSchema } from 'graphql'
import { expectedAnswer } from '../graph/expectedAnswer.ts'
import { type QueryName, queries } from '../graph/queries.ts'
import { answers } from './pairs.ts'
import { postOperation } from './postOperation.ts'
import type { StartedGateway } from './startGateway.ts'

/**
 * Asks every gateway every query once, and compares the answers with graphql-js over the same data. Gives what differs: a line for
 * each gateway and query, then the paths. Empty when all agree.
 */
export async function compareAnswers(options: {
  gateways: readonly StartedGateway[]
  queryNames: readonly QueryName[]
  apiSchema: GraphQLSchema
  token: string
}): Promise<string[]> {
  const differences: string[] = []
  for (const name of options.queryNames) {
    const query = queries[name]
    const expected = await expectedAnswer(options.apiSchema, query)
    for (const { gateway, port } of options.gateways) {
      if (!answers(gateway, name)) continue
      const { status, text } = await postOperation({ port, path: gateway.path, token: options.token, query })
      const actual = status === 200 ? parse(text) : `status ${status}: ${text.slice(0, 500)}`
      if (isDeepStrictEqual(actual, expected)) continue
      differences.push(`${gateway.name} answers ${name} wrongly:`, ...diff(actual, expected, ''))
    }
  }
  return differences
}

const maxLines = 10

function diff(actual: unknown, expected: unknown, path: string): string[] {
  if (isDeepStrictEqual(actual, expected)) return []
  if (!isObject(actual) || !isObject(expected)) return [`  ${path}: expected ${brief(expected)}, got ${brief(actual)}`]
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...keys].flatMap((key) => diff(actual[key], expected[key], path ? `${path}.${key}` : key)).slice(0, maxLines)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function brief(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text.slice(0, 500)
  }
}
