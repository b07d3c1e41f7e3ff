import { codedError } from '@tributary/schema'
import type { GraphQLError } from 'graphql'
import type { Answer } from '../executor/executePlan.ts'
import type { IncrementalResult } from '../executor/IncrementalResult.ts'
import type { StreamResult } from './EventStream.ts'

/** Writes what an operation gave, as it goes to clients. */
export function writeResult({ data, errors }: Partial<Answer>): StreamResult {
  if (!errors) return { text: flat(`{"data":${data}}`) }
  const text = data === undefined ? '' : `"data":${data},`
  return { text: flat(`{${text}"errors":${JSON.stringify(errors)}}`), errors }
}

/** The text as one piece in memory. What is joined piece by piece stays a tree of pieces until it is searched, and thousands of clients would walk it. */
function flat(text: string): string {
  text.indexOf('\0')
  return text
}

/** A part of an answer, to be written as the client's protocol has it. */
export async function writePart(part: IncrementalResult): Promise<StreamResult> {
  const errors = [...(part.errors ?? []), ...(part.incremental ?? []).flatMap((one) => one.errors ?? [])]
  return { text: '', part, ...(errors.length > 0 && { errors }) }
}

/** The result of what should not have failed. */
export function writeFailure(cause: unknown): StreamResult {
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  const errors: GraphQLError[] = [codedError('INTERNAL_SERVER_ERROR', 'Internal server error', { originalError })]
  return writeResult({ errors })
}
