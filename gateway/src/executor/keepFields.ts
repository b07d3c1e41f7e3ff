import type { FetchNode } from '@apollo/query-planner'
import { type DocumentNode, type FieldNode, visit } from 'graphql'
import { readEntityFields } from './EntityField.ts'
import { withDocument } from './withDocument.ts'

/** An entity fetch that asks of the entities themselves only for some of the fields in its `document`. */
export function keepFields(fetch: FetchNode, document: DocumentNode, fields: ReadonlySet<FieldNode>): FetchNode {
  const dropped = new Set(readEntityFields(document).map(({ node }) => node))
  for (const field of fields) dropped.delete(field)
  return withDocument(fetch, visit(document, { Field: (node) => (dropped.has(node) ? null : undefined) }))
}
