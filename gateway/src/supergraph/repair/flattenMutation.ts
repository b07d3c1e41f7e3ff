import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { CompileOptions } from '../../operation/compileOperation.ts'
import { deferDirective } from '../../operation/deferDirective.ts'

type Selected = Parameters<CompileOptions['plan']>[0]

/**
 * Puts the root fields of a mutation without conditions in the order in which they take effect, each once, out of their fragments (CollectFields,
 * GraphQL spec, section 6.3.2): the planner moves what is in a fragment, and sends a field twice whose selections are apart. Gives other operations as they are.
 */
export function flattenMutation(selected: Selected): Selected {
  const { operation, fragments } = selected
  if (operation.operation !== OperationTypeNode.MUTATION) return selected
  const found: SelectionNode[] = []
  const fields = new Map<string, FieldNode[]>()
  collect(operation.selectionSet)
  const selections = found.map((one) =>
    one.kind === Kind.FIELD ? merge(fields.get(responseNameOf(one)) ?? [one]) : one,
  )
  const flat = { ...operation, selectionSet: { ...operation.selectionSet, selections } }
  // The planner would find one that is not used any more in what was made of it.
  return { ...selected, operation: flat, fragments: usedFragments(flat, fragments) }

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (target?.kind === Kind.FIELD) {
        const same = fields.get(responseNameOf(target))
        if (!same) found.push(target)
        fields.set(responseNameOf(target), [...(same ?? []), target])
        // A deferred fragment stays one.
      } else if (deferDirective(selection)) found.push(selection)
      else if (target) collect(target.selectionSet)
    }
  }
}

function responseNameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value
}

/** One field with all that is selected below several of one response name. */
function merge(fields: readonly FieldNode[]): SelectionNode {
  const [first] = fields as readonly [FieldNode]
  const selections = fields.flatMap(({ selectionSet }) => selectionSet?.selections ?? [])
  return { ...first, ...(first.selectionSet && { selectionSet: { ...first.selectionSet, selections } }) }
}

function usedFragments(operation: Selected['operation'], fragments: Selected['fragments']): Selected['fragments'] {
  const used: Map<string, FragmentDefinitionNode> = new Map()
  use(operation)
  return used

  function use(node: OperationDefinitionNode | FragmentDefinitionNode): void {
    visit(node, {
      FragmentSpread({ name: { value: name } }) {
        const target = fragments.get(name)
        if (!target || used.has(name)) return
        used.set(name, target)
        use(target)
      },
    })
  }
}
