import type { FetchDataRewrite } from '@apollo/query-planner'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { type ReadField, readField } from './ownField.ts'

/**
 * What one subgraph operation may answer: its fields, those of all type conditions together. Merging follows it, so a field
 * that nobody asked for never enters the tree, and values of custom scalars are taken as they are, however deep.
 */
export type FetchShape = {
  fields: readonly FetchedField[]
  /** Whether a field, here or below, is renamed: then a value must be copied, it cannot be adopted. */
  hasRenames: boolean
}

export type FetchedField = {
  /** The name in the subgraph's answer. */
  sourceName: string
  readSource: ReadField
  /** The name in the tree: the client's response name, or a name that only the plan knows. */
  name: string
  readTarget: ReadField
  /** Present where the field has a selection set. */
  shape: FetchShape | undefined
}

/**
 * The shape of a subgraph operation, with the plan's `outputRewrites` built in: a `KeyRenamer` takes an alias that the planner
 * invented (for fields of one name whose types do not merge) back to the client's name.
 */
export function fetchShape(document: DocumentNode, rewrites: readonly FetchDataRewrite[]): FetchShape {
  const fragments = new Map<string, FragmentDefinitionNode>()
  let operation: OperationDefinitionNode | undefined
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition
  }
  if (!operation) throw new Error('Expected an operation in the text of a fetch')
  return shapeOf([operation.selectionSet], fragments, renamesOf(rewrites), '')
}

/** From the path of fields in the answer, type conditions left out, to the new name. */
function renamesOf(rewrites: readonly FetchDataRewrite[]): ReadonlyMap<string, string> {
  const renames = new Map<string, string>()
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'KeyRenamer') continue
    const fields = rewrite.path.filter((part) => !part.startsWith('... on '))
    renames.set(fields.map((field) => `/${field}`).join(''), rewrite.renameKeyTo)
  }
  return renames
}

function shapeOf(
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  renames: ReadonlyMap<string, string>,
  path: string,
): FetchShape {
  const found = new Map<string, SelectionSetNode[]>()
  collect(selectionSets, fragments, found, new Set())
  const fields = [...found].map(([sourceName, children]): FetchedField => {
    const fieldPath = `${path}/${sourceName}`
    const name = renames.get(fieldPath) ?? sourceName
    return {
      sourceName,
      readSource: readField(sourceName),
      name,
      readTarget: readField(name),
      shape: children.length > 0 ? shapeOf(children, fragments, renames, fieldPath) : undefined,
    }
  })
  return { fields, hasRenames: fields.some((field) => field.name !== field.sourceName || field.shape?.hasRenames) }
}

function collect(
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  found: Map<string, SelectionSetNode[]>,
  visited: Set<string>,
): void {
  for (const { selections } of selectionSets) {
    for (const selection of selections) {
      switch (selection.kind) {
        case Kind.FIELD: {
          const name = selection.alias?.value ?? selection.name.value
          const children = found.get(name) ?? []
          found.set(name, children)
          if (selection.selectionSet) children.push(selection.selectionSet)
          break
        }
        case Kind.INLINE_FRAGMENT:
          collect([selection.selectionSet], fragments, found, visited)
          break
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value)
          if (!fragment || visited.has(selection.name.value)) break
          visited.add(selection.name.value)
          collect([fragment.selectionSet], fragments, found, visited)
          break
        }
        default:
          selection satisfies never
      }
    }
  }
}
