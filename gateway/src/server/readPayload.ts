import type { HTTPGraphQLRequest } from '@apollo/server'
import { isFields } from '../executor/ownField.ts'
import type { OperationPayload } from './beginOperation.ts'
import { parseJson } from './readOperation.ts'

/** What a GET's query, or a POST's body, asks for; undefined for what is no plain request: Apollo Server says what is wrong with it. */
export function readPayload({ method, search, body }: HTTPGraphQLRequest): OperationPayload | undefined {
  const fields = method === 'GET' ? fieldsOf(new URLSearchParams(search)) : body
  if (!isFields(fields)) return undefined
  const { query, operationName, variables } = fields
  if (typeof query !== 'string') return undefined
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined
  if (variables !== undefined && variables !== null && !isFields(variables)) return undefined
  return { query, operationName, variables }
}

function fieldsOf(search: URLSearchParams): Record<string, unknown> {
  const variables = search.get('variables')
  return {
    query: search.get('query'),
    operationName: search.get('operationName'),
    // Text that is no JSON stays one, and is no object.
    variables: variables === null ? undefined : (parseJson(variables) ?? { value: variables }).value,
  }
}
