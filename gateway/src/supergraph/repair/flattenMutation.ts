import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { CompileOptions } from '../../operation/compileOperation.ts'

type Selected = Parameters<CompileOptions['plan']>[0]

/**
 * Puts the root fields of a mutation in the order in which they take effect, each once, out of their fragments (CollectFields, GraphQL spec, section
 * 6.3.2): the planner moves what is in a fragment, and sends a field twice whose selections are apart. Gives other operations as they are.
 */
export function flattenMutation(selected: Selected): Selected {
  const { operation, fragments } = selected
  if (operation.operation !== OperationTypeNode.MUTATION) return selected
  const places = new Map<string, SelectionNode[]>()
  collect(operation.selectionSet, [])
  const selections = [...places.values()].flatMap(merge)
  const flat = { ...operation, selectionSet: { ...operation.selectionSet, selections } }
  // The planner would find one that is not used any more in what was made of it.
  return { ...selected, operation: flat, fragments: usedFragments(flat, fragments) }

  function collect({ selections }: SelectionSetNode, conditions: readonly DirectiveNode[]): void {
    for (const selection of selections) {
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!target) continue
      const { directives = [] } = selection
      if (target.kind === Kind.FIELD) put((target.alias ?? target.name).value, withConditions(target, conditions))
      else if (directives.every(isCondition)) collect(target.selectionSet, [...conditions, ...directives])
      // A deferred fragment stays one.
      else put(`${places.size} ${target.kind}`, conditions.reduceRight(wrap, selection))
    }
  }

  function put(place: string, selection: SelectionNode): void {
    const known = places.get(place)
    if (known) known.push(selection)
    else places.set(place, [selection])
  }
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

/** The field where all these are met, too. */
function withConditions(field: FieldNode, conditions: readonly DirectiveNode[]): SelectionNode {
  const all = [...conditions, ...(field.directives ?? [])]
  const distinct = [...new Map(all.map((one) => [print(one), one])).values()]
  const isOnce = new Set(distinct.map(({ name }) => name.value)).size === distinct.length
  return isOnce ? { ...field, directives: distinct } : conditions.reduceRight<SelectionNode>(wrap, field)
}

function wrap(selection: SelectionNode, condition: DirectiveNode): InlineFragmentNode {
  return fragment([selection], [condition])
}

/** All that is selected under one response name, as few fields as can be. */
function merge(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  const fields = selections.filter((one) => one.kind === Kind.FIELD)
  const always = fields.find(({ directives = [] }) => directives.length === 0)
  const [first] = selections
  if (!first || selections.length === 1 || fields.length < selections.length) return selections
  const base = always ?? fields.find((one) => fields.every((other) => isAlike(one, other)))
  // Next to each other they go to their subgraph together, which sees to it that the field takes effect once.
  if (!base) return selections
  if (!base.selectionSet) return [base]
  const below = fields.flatMap(({ directives = [], selectionSet }): readonly SelectionNode[] => {
    if (!selectionSet) return []
    return always && directives.length > 0 ? [fragment(selectionSet.selections, directives)] : selectionSet.selections
  })
  return [{ ...base, selectionSet: { ...base.selectionSet, selections: below } }]
}

function isAlike(one: FieldNode, other: FieldNode): boolean {
  return (one.directives ?? []).map(print).sort().join() === (other.directives ?? []).map(print).sort().join()
}

function fragment(selections: readonly SelectionNode[], directives: readonly DirectiveNode[]): InlineFragmentNode {
  return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections } }
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include'
}
