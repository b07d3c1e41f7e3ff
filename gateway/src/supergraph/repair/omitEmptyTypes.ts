import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { SelectedOperation } from '../../operation/selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * The operation without the fields whose type is an interface that no object type implements: the planner fails on the whole operation when it needs
 * another subgraph for them. The operation itself when it has none.
 */
export function omitEmptyTypes(selected: Selected, schema: GraphQLSchema): Selected {
  const operation = omit(selected.operation, schema)
  const fragments = new Map([...selected.fragments].map(([name, fragment]) => [name, omit(fragment, schema)]))
  const isSame =
    operation === selected.operation && [...fragments].every(([name, one]) => one === selected.fragments.get(name))
  return isSame ? selected : { kind: 'operation', operation, fragments }
}

function omit<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node, schema: GraphQLSchema): Node {
  const typeInfo = new TypeInfo(schema)
  return visit(
    node,
    visitWithTypeInfo(typeInfo, {
      Field() {
        const type = getNamedType(typeInfo.getType())
        return isAbstractType(type) && schema.getPossibleTypes(type).length === 0 ? null : undefined
      },
      SelectionSet: {
        leave: (set): SelectionSetNode | undefined => (set.selections.length === 0 ? onlyTypename : undefined),
      },
    }),
  )
}

const onlyTypename: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
}
