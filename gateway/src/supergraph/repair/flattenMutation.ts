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
  const found: Found[] = []
  collect(operation.selectionSet, [])
  const selections = found.flatMap((one, index) => select(one, found, index))
  const flat = { ...operation, selectionSet: { ...operation.selectionSet, selections } }
  // The planner would find one that is not used any more in what was made of it.
  return { ...selected, operation: flat, fragments: usedFragments(flat, fragments) }

  function collect({ selections }: SelectionSetNode, conditions: readonly DirectiveNode[]): void {
    for (const selection of selections) {
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!target) continue
      const { directives = [] } = selection
      const all = [...new Map([...conditions, ...directives].map((one) => [print(one), one])).values()]
      if (target.kind === Kind.FIELD)
        found.push({ node: target, name: (target.alias ?? target.name).value, conditions: all })
      else if (directives.every(isCondition)) collect(target.selectionSet, all)
      // A deferred fragment stays one.
      else found.push({ node: selection, name: undefined, conditions })
    }
  }
}

/** A root field, or a fragment that stays one, and the conditions of which all must be met. */
type Found =
  | { node: FieldNode; name: string; conditions: readonly DirectiveNode[] }
  | { node: SelectionNode; name: undefined; conditions: readonly DirectiveNode[] }

/** What stands in the place of a root field: nothing if it is there before, else all that is selected under its name, unless it was met before. */
function select(one: Found, all: readonly Found[], index: number): readonly SelectionNode[] {
  if (one.name === undefined) return [one.conditions.reduceRight<SelectionNode>(wrap, one.node)]
  const same = all.flatMap((other) => (other.name === one.name ? [other] : []))
  const before = all.slice(0, index).filter(({ name }) => name === one.name)
  let terms: readonly (readonly DirectiveNode[])[] = [one.conditions]
  for (const { conditions } of before) {
    terms = terms.flatMap((term) => negations(conditions).map((unmet) => [...term, ...unmet]))
    terms = terms.filter((term) => !contradict(term))
    if (terms.length > maxTerms) throw new Error(`Expected at most ${maxTerms} ways to meet the field ${one.name}`)
  }
  const isAlone = same.length === 1
  const selections = same.flatMap(({ node, conditions: own }): readonly SelectionNode[] => {
    const below = node.selectionSet?.selections ?? []
    return isAlone || own.length === 0 || below.length === 0 ? below : [fragment(below, own)]
  })
  const set = one.node.selectionSet && { ...one.node.selectionSet, selections }
  const field = { ...one.node, ...(set && { selectionSet: set }) }
  return terms.map((term) => withConditions(field, term))
}

/** One field may be selected in many places under different conditions; each adds to those of the places behind it. */
const maxTerms = 64

/** The ways in which not all conditions are met, of which no two can be at once. */
function negations(conditions: readonly DirectiveNode[]): readonly (readonly DirectiveNode[])[] {
  return conditions.map((one, index) => [...conditions.slice(0, index), negate(one)])
}

function negate(condition: DirectiveNode): DirectiveNode {
  const value = condition.name.value === 'skip' ? 'include' : 'skip'
  return { ...condition, name: { ...condition.name, value } }
}

function contradict(conditions: readonly DirectiveNode[]): boolean {
  const texts = new Set(conditions.map(print))
  return conditions.some((one) => texts.has(print(negate(one))))
}

/** The field under conditions, of which it takes one of each kind itself. */
function withConditions(field: FieldNode, conditions: readonly DirectiveNode[]): SelectionNode {
  const distinct = [...new Map(conditions.map((one) => [print(one), one])).values()]
  const own = distinct.filter((one, index) => distinct.findIndex(({ name }) => name.value === one.name.value) === index)
  const rest = distinct.filter((one) => !own.includes(one))
  return rest.reduceRight<SelectionNode>(wrap, { ...field, directives: own })
}

function wrap(selection: SelectionNode, condition: DirectiveNode): InlineFragmentNode {
  return fragment([selection], [condition])
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

function fragment(selections: readonly SelectionNode[], directives: readonly DirectiveNode[]): InlineFragmentNode {
  return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections } }
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include'
}
