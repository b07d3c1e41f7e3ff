import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { SelectionScope } from '../executor/collectFields.ts'
import type { SelectedOperation } from './selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/** The operation with the values of variables in the place of those in its `@skip` and `@include`. */
export function settleConditions({ operation, fragments }: Selected, flag: SelectionScope['flag']): Selected {
  return {
    kind: 'operation',
    operation: settle<OperationDefinitionNode>(operation),
    fragments: new Map([...fragments].map(([name, fragment]) => [name, settle<FragmentDefinitionNode>(fragment)])),
  }

  function settle<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
    return visit(node, {
      Directive(directive) {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') return undefined
        const args = directive.arguments?.map((one) => {
          if (one.value.kind !== Kind.VARIABLE) return one
          return { ...one, value: { kind: Kind.BOOLEAN, value: flag(one.value.name.value) === true } as const }
        })
        return { ...directive, arguments: args ?? [] }
      },
    })
  }
}
