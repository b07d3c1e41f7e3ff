import {
  type DirectiveNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { deferCondition, deferDirective, deferLabel } from './deferDirective.ts'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** An operation in which each `@defer` that is on has a label of its own, and stands on an inline fragment. */
export type LabelledOperation = {
  selected: Selected
  /** The labels, each with the client's own for the same place, if it gave one. */
  labels: ReadonlyMap<string, string | undefined>
}

/**
 * Gives each place of a `@defer` a label, so that fragments and the parts of a plan find each other: a named fragment stands wherever it is spread, and
 * each time it is another place. `flag` gives the variables in their `if`; a `@defer` that is off is left out.
 */
export function labelDefers(selected: Selected, flag: (variable: string) => boolean | undefined): LabelledOperation {
  const { operation, fragments } = selected
  const labels = new Map<string, string | undefined>()
  const selectionSet = spreadOut(operation.selectionSet)
  return { selected: { kind: 'operation', operation: { ...operation, selectionSet }, fragments: new Map() }, labels }

  function spreadOut({ kind, selections }: SelectionSetNode): SelectionSetNode {
    return { kind, selections: selections.flatMap(spread) }
  }

  function spread(selection: SelectionNode): SelectionNode | [] {
    if (selection.kind === Kind.FIELD) {
      return selection.selectionSet ? { ...selection, selectionSet: spreadOut(selection.selectionSet) } : selection
    }
    const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    if (!target) return []
    const defer = deferDirective(selection)
    const others = selection.directives?.filter((directive) => directive !== defer) ?? []
    const directives = defer && isOn(defer) ? [...others, labelled(defer)] : others
    return { ...inline(target), directives, selectionSet: spreadOut(target.selectionSet) }
  }

  function isOn(defer: DirectiveNode): boolean {
    const condition = deferCondition(defer)
    return typeof condition === 'boolean' ? condition : flag(condition.variable) === true
  }

  function labelled(defer: DirectiveNode): DirectiveNode {
    const label = `part${labels.size}`
    labels.set(label, deferLabel(defer))
    const value = { kind: Kind.STRING, value: label } as const
    return { ...defer, arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'label' }, value }] }
  }
}

function inline({
  typeCondition,
}: FragmentDefinitionNode | InlineFragmentNode): Omit<InlineFragmentNode, 'selectionSet'> {
  return { kind: Kind.INLINE_FRAGMENT, ...(typeCondition && { typeCondition }) }
}
