import { type FieldNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { CompileOptions } from '../../operation/compileOperation.ts'

type Selected = Parameters<CompileOptions['plan']>[0]

/**
 * Leaves `__schema` and `__type` out: they are answered without a plan, by graphql-js, and Apollo's planner does not know all that may be
 * asked there (federation-internals 2.14 refuses `isOneOf`).
 */
export function dropIntrospection({ kind, operation, fragments }: Selected): Selected {
  const others = [...fragments].filter(([, { typeCondition }]) => !typeCondition.name.value.startsWith('__'))
  return {
    kind,
    operation: drop<OperationDefinitionNode>(operation),
    fragments: new Map(others.map(([name, fragment]) => [name, drop<FragmentDefinitionNode>(fragment)])),
  }
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

function drop<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
  return visit(node, {
    Field: ({ name }) => (name.value === '__schema' || name.value === '__type' ? null : undefined),
    SelectionSet: {
      leave: (selectionSet) =>
        selectionSet.selections.length === 0 ? { ...selectionSet, selections: [typename] } : undefined,
    },
  })
}
