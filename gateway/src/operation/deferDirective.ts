import {
  type DirectiveNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** The `@defer` of a fragment, if it has one. Fields have none: the directive is for fragments alone. */
export function deferDirective(selection: SelectionNode): DirectiveNode | undefined {
  return selection.kind === Kind.FIELD ? undefined : selection.directives?.find(isDefer)
}

export function isDefer({ name }: DirectiveNode): boolean {
  return name.value === 'defer'
}

/** What a `@defer` says of itself with `if`: a variable, or the literal's value, true when there is none. */
export function deferCondition(directive: DirectiveNode): { variable: string } | boolean {
  const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value
  if (value?.kind === Kind.VARIABLE) return { variable: value.name.value }
  return value?.kind !== Kind.BOOLEAN || value.value
}

/** The label that a `@defer` has, if it has one. */
export function deferLabel(directive: DirectiveNode): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === 'label')?.value
  return value?.kind === Kind.STRING ? value.value : undefined
}

/** The `@defer`s of an operation; undefined when it has none. */
export function readDefers({ operation, fragments }: Selected): OperationDefers | undefined {
  const variables = new Set<string>()
  let found: { isEverOn: boolean } | undefined
  look(operation.selectionSet)
  for (const { selectionSet } of fragments.values()) look(selectionSet)
  return found && { isEverOn: found.isEverOn, variables: [...variables] }

  function look({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      const defer = deferDirective(selection)
      if (defer) {
        const condition = deferCondition(defer)
        found = { isEverOn: found?.isEverOn === true || condition !== false }
        if (typeof condition === 'object') variables.add(condition.variable)
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) look(selection.selectionSet)
    }
  }
}

export type OperationDefers = {
  /** Whether there is one that does not say `if: false`. */
  isEverOn: boolean
  /** The variables that stand in an `if`. */
  variables: readonly string[]
}

/** The operation without its `@defer`s, for who gets all at once. */
export function dropDefers({ operation, fragments }: Selected): Selected {
  return {
    kind: 'operation',
    operation: drop<OperationDefinitionNode>(operation),
    fragments: new Map([...fragments].map(([name, fragment]) => [name, drop<FragmentDefinitionNode>(fragment)])),
  }
}

function drop<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
  return visit(node, { Directive: (directive) => (isDefer(directive) ? null : undefined) })
}
