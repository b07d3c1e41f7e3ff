import { codedError } from '@tributary/schema'
import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { deferDirective } from './deferDirective.ts'
import type { OperationLimits } from './OperationLimits.ts'

/**
 * Checks what each operation of a document selects, its fragments spread out, before anything is validated or planned: gives
 * `MAX_DEPTH_LIMIT`, `MAX_SELECTIONS_LIMIT`, `MAX_ALIASES_LIMIT`, `MAX_ROOT_FIELDS_LIMIT`, `MAX_DEFERS_LIMIT`, `MAX_DIRECTIVES_LIMIT` or undefined. Each
 * fragment is counted once and spread out by addition: a bomb of 2^30 selections costs as much as its text is long. The document need not be
 * valid: a fragment that is not there, or contains itself, counts nothing.
 */
export function checkSelections(document: DocumentNode, limits: OperationLimits): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const known = new Map<string, Counts>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const counts = count(definition.selectionSet)
    counts.directives += directivesIn(definition)
    for (const variable of definition.variableDefinitions ?? []) counts.directives += directivesIn(variable)
    const tooMuch = compare(counts, limits)
    if (tooMuch) return tooMuch
  }
  return undefined

  function count(selectionSet: SelectionSetNode): Counts {
    const counts = nothing()
    for (const selection of selectionSet.selections) {
      counts.directives += directivesIn(selection)
      if (deferDirective(selection)) counts.defers++
      if (selection.kind === Kind.FIELD) {
        counts.selections++
        counts.fields++
        if (selection.alias) counts.aliases++
        const below = selection.selectionSet ? count(selection.selectionSet) : nothing()
        add(counts, { ...below, fields: 0, depth: below.depth + 1 })
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        counts.selections++
        add(counts, count(selection.selectionSet))
      } else {
        counts.selections++
        add(counts, countFragment(selection.name.value))
      }
    }
    return counts
  }

  function countFragment(name: string): Counts {
    const counted = known.get(name)
    if (counted) return counted
    // What it gives while it is being counted: it contains itself.
    known.set(name, nothing())
    const fragment = fragments.get(name)
    const counts = fragment ? count(fragment.selectionSet) : nothing()
    known.set(name, counts)
    return counts
  }
}

type Counts = {
  /** Fields, inline fragments and spreads. */
  selections: number
  /** Fields on this level. */
  fields: number
  aliases: number
  directives: number
  defers: number
  /** How many fields lie above each other, at most. */
  depth: number
}

function nothing(): Counts {
  return { selections: 0, fields: 0, aliases: 0, directives: 0, defers: 0, depth: 0 }
}

function add(counts: Counts, more: Counts): void {
  counts.selections += more.selections
  counts.fields += more.fields
  counts.aliases += more.aliases
  counts.directives += more.directives
  counts.defers += more.defers
  counts.depth = Math.max(counts.depth, more.depth)
}

function directivesIn(node: { readonly directives?: readonly DirectiveNode[] | undefined }): number {
  return node.directives?.length ?? 0
}

function compare(counts: Counts, limits: OperationLimits): GraphQLError | undefined {
  const { maxFieldDepth, maxSelections, maxAliases, maxRootFields, maxDirectives, maxDefers } = limits
  if (counts.depth > maxFieldDepth) {
    return codedError('MAX_DEPTH_LIMIT', `Expected fields that nest at most ${maxFieldDepth} levels deep`)
  }
  if (counts.aliases > maxAliases) {
    return codedError('MAX_ALIASES_LIMIT', `Expected an operation of at most ${maxAliases} aliases`)
  }
  if (counts.fields > maxRootFields) {
    return codedError('MAX_ROOT_FIELDS_LIMIT', `Expected an operation of at most ${maxRootFields} root fields`)
  }
  if (counts.defers > maxDefers) {
    return codedError('MAX_DEFERS_LIMIT', `Expected an operation of at most ${maxDefers} @defer directives`)
  }
  if (counts.directives > maxDirectives) {
    return codedError('MAX_DIRECTIVES_LIMIT', `Expected an operation of at most ${maxDirectives} directives`)
  }
  if (counts.selections > maxSelections) {
    const message = `Expected an operation that selects, its fragments spread out, at most ${maxSelections} times`
    return codedError('MAX_SELECTIONS_LIMIT', message)
  }
  return undefined
}
