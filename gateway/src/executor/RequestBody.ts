import type { FetchNode } from '@apollo/query-planner'
import { type Fields, type ReadField, readField } from './ownField.ts'

/** Writes a request's JSON text. `representations` is the JSON text of a list, for an entity fetch. */
export type WriteBody = (variables: Fields, representations: string | undefined) => string

/**
 * Compiles the template of a fetch's request: the query's text is escaped once, only variables and representations are filled in. The
 * operation's name is left out: the planner numbers its fetches in it, which would hide that two requests are the same.
 */
export function compileRequestBody(node: FetchNode): WriteBody {
  const start = `{"query":${JSON.stringify(withoutName(node.operation))}`
  const fields: { prefix: string; read: ReadField }[] = (node.variableUsages ?? []).map((name) => ({
    prefix: `${JSON.stringify(name)}:`,
    read: readField(name),
  }))
  if (fields.length === 0 && !node.requires) {
    const body = `${start}}`
    return () => body
  }
  return (variables, representations) => {
    let text = ''
    for (const { prefix, read } of fields) {
      // Undefined, and left out, for a variable that was neither given nor has a default.
      const value = JSON.stringify(read(variables))
      if (value !== undefined) text += text === '' ? prefix + value : `,${prefix}${value}`
    }
    if (representations !== undefined) text += `${text === '' ? '' : ','}"representations":${representations}`
    return `${start},"variables":{${text}}}`
  }
}

/** The text of an operation without the operation's name: what two requests share when they ask the same. */
export function withoutName(operation: string): string {
  return operation.replace(/^(query|mutation|subscription)\s+\w+/, '$1')
}
