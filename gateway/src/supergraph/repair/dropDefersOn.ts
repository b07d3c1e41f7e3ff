import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { isDefer } from '../../operation/deferDirective.ts'
import type { SelectedOperation } from '../../operation/selectOperation.ts'

type Selected = Extract<SelectedOperation, { kind: 'operation' }>

/**
 * Leaves a `@defer` out where it stands on an object that a field gives as an interface which some subgraph knows as an `@interfaceObject`: the planner
 * (2.14) goes round in circles there, for good. What is not deferred comes with what is around it.
 */
export function dropDefersOn(
  interfaceObjects: ReadonlySet<string>,
  selected: Selected,
  schema: GraphQLSchema,
): Selected {
  if (interfaceObjects.size === 0) return selected
  return {
    kind: 'operation',
    operation: drop(selected.operation),
    fragments: new Map([...selected.fragments].map(([name, fragment]) => [name, drop(fragment)])),
  }

  function drop<Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node {
    const typeInfo = new TypeInfo(schema)
    // The types of the fields around, the innermost last.
    const around: string[] = []
    const visitor: ASTVisitor = {
      Field: {
        enter: () => void around.push(getNamedType(typeInfo.getType())?.name ?? ''),
        leave: () => void around.pop(),
      },
      Directive: (directive) => (isDefer(directive) && interfaceObjects.has(around.at(-1) ?? '') ? null : undefined),
    }
    return visit(node, visitWithTypeInfo(typeInfo, visitor))
  }
}
