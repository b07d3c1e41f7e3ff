import { type DirectiveNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { CompileOptions } from '../../operation/compileOperation.ts'

type Selected = Parameters<CompileOptions['plan']>[0]

/**
 * Leaves out what `@skip(if: true)` and `@include(if: false)` skip, and conditions that are always met: below a field with a condition on a variable
 * the planner would drop them, and fetch what they skip.
 */
export function dropSkipped({ kind, operation, fragments }: Selected): Selected {
  return {
    kind,
    operation: drop<OperationDefinitionNode>(operation),
    fragments: new Map([...fragments].map(([name, fragment]) => [name, drop<FragmentDefinitionNode>(fragment)])),
  }
}

function drop<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
  const leaveOut = ({ directives }: { directives?: readonly DirectiveNode[] }) =>
    directives?.some((directive) => isMet(directive) === false) ? null : undefined
  return visit(node, {
    Field: leaveOut,
    InlineFragment: leaveOut,
    FragmentSpread: leaveOut,
    Directive: (directive) => (isMet(directive) ? null : undefined),
    SelectionSet: {
      leave: (set) => (set.selections.length === 0 ? { ...set, selections: [typename] } : undefined),
    },
  })
}

const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const

/** Whether a condition without a variable is met; undefined for any other directive. */
function isMet({ name, arguments: args }: DirectiveNode): boolean | undefined {
  const value = args?.find((one) => one.name.value === 'if')?.value
  if (value?.kind !== Kind.BOOLEAN) return undefined
  if (name.value === 'skip') return !value.value
  return name.value === 'include' ? value.value : undefined
}
