import { type GraphQLSchema, parse, print, validate } from 'graphql'
import { buildOperation } from './buildOperation.ts'
import type { Draft } from './Draft.ts'

export type PrintedOperation = {
  text: string
  variables: Record<string, unknown>
  /** The same with plain names for the variables: graphql-js loses a variable called `__proto__`. */
  reference: { text: string; variables: Record<string, unknown> }
}

/**
 * Prints a draft as a valid operation. It is tried first with fragments used again and names shared wherever they may be; where that
 * conflicts, with fields of one name only where they are the same. Throws when even that is not valid.
 */
export function printDraft(schema: GraphQLSchema, draft: Draft): PrintedOperation {
  for (const isLoose of [true, false]) {
    const odd = buildOperation(schema, draft, { isLoose, plainVariables: false })
    const text = print(odd.document)
    const errors = validate(schema, parse(text))
    if (errors.length > 0 && isLoose) continue
    if (errors[0]) throw new Error(`${errors[0].message}\n${text}`)
    const plain = buildOperation(schema, draft, { isLoose, plainVariables: true })
    return { text, variables: odd.variables, reference: { text: print(plain.document), variables: plain.variables } }
  }
  throw new Error('Expected an operation')
}
