import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { conflicts, readVariants, type Variant } from './Variant.ts'

/**
 * Splits an entity fetch that needs one field in two variants, each for another `@requires`, because a representation has room for one. Each part asks for
 * the fields that can share a representation. The fetch itself when it needs no two.
 */
export function splitFetch(fetch: FetchNode, repaired: RepairedSupergraph): readonly FetchNode[] {
  if (!fetch.requires) return [fetch]
  const given = syntheticNames(fetch.requires, repaired)
  if (given.size < 2) return [fetch]
  const document = parse(fetch.operation, { noLocation: true })
  const entity = entityFields(document)
  const parts: Part[] = []
  for (const { type, node } of entity) {
    const field = repaired.syntheticFields.get(node.name.value)?.field ?? node.name.value
    const requirement = repaired.requirementOf({ subgraph: fetch.serviceName, type, name: field })
    const variants = requirement ? readVariants(requirement, { type, given, repaired }) : []
    if (variants.length === 0) continue
    const part = parts.find((one) => !conflicts(one.variants, variants, repaired))
    if (part) {
      part.fields.add(node)
      part.variants.push(...variants)
    } else parts.push({ fields: new Set([node]), variants: [...variants] })
  }
  if (parts.length < 2) return [fetch]
  const [first] = parts
  const isPlaced = (node: FieldNode): boolean => parts.some(({ fields }) => fields.has(node))
  for (const { node } of entity) if (!isPlaced(node)) first?.fields.add(node)
  return parts.map((part) => takePart(fetch, { document, entity, part, repaired }))
}

type Part = { fields: Set<FieldNode>; variants: Variant[] }
type EntityField = { type: string; node: FieldNode }

function takePart(
  fetch: FetchNode,
  options: { document: DocumentNode; entity: readonly EntityField[]; part: Part; repaired: RepairedSupergraph },
): FetchNode {
  const { document, entity, part, repaired } = options
  const others = new Set(entity.map(({ node }) => node).filter((node) => !part.fields.has(node)))
  const isEmpty = (set: SelectionSetNode): boolean => set.selections.length === 0
  let reduced = visit(document, {
    Field: (node) => (others.has(node) ? null : undefined),
    InlineFragment: { leave: (node) => (isEmpty(node.selectionSet) ? null : undefined) },
    FragmentDefinition: { leave: (node) => (isEmpty(node.selectionSet) ? null : undefined) },
  })
  reduced = withoutUnused(reduced)
  const variables = new Set(definedVariables(reduced))
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print(reduced)),
    requires: keepVariants(fetch.requires ?? [], { variants: part.variants, repaired }),
    ...(fetch.variableUsages && { variableUsages: fetch.variableUsages.filter((name) => variables.has(name)) }),
  }
}

/** The fields of the entities themselves, through fragments. */
function entityFields(document: DocumentNode): readonly EntityField[] {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [entities] = operation?.selectionSet.selections ?? []
  if (entities?.kind !== Kind.FIELD || !entities.selectionSet) return []
  const found: EntityField[] = []
  collect(entities.selectionSet, '_Entity', 0)
  return found

  function collect(set: SelectionSetNode, type: string, depth: number): void {
    for (const selection of set.selections) {
      const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (target?.kind === Kind.FIELD) found.push({ type, node: target })
      else if (target && depth < 100) collect(target.selectionSet, target.typeCondition?.name.value ?? type, depth + 1)
    }
  }
}

/** Without spreads of fragments that are gone, fragments that are not spread and variables that are not used. */
function withoutUnused(document: DocumentNode): DocumentNode {
  for (let before = document; ; ) {
    const defined = new Set(before.definitions.map((one) => ('name' in one ? one.name?.value : undefined)))
    const spread = new Set<string>()
    const used = new Set<string>()
    visit(before, {
      FragmentSpread: (node) => void spread.add(node.name.value),
      Variable: (node, _key, parent) => {
        const isDefinition = parent && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION
        if (!isDefinition) used.add(node.name.value)
      },
    })
    const after = visit(before, {
      FragmentSpread: (node) => (defined.has(node.name.value) ? undefined : null),
      FragmentDefinition: (node) => (spread.has(node.name.value) ? undefined : null),
      VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
      InlineFragment: { leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined) },
    })
    if (after === before) return after
    before = after
  }
}

function definedVariables(document: DocumentNode): readonly string[] {
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  )
  return operations.flatMap((one) => one.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [])
}

function syntheticNames(
  nodes: readonly QueryPlanSelectionNode[],
  repaired: RepairedSupergraph,
  found = new Set<string>(),
): ReadonlySet<string> {
  for (const node of nodes) {
    if (node.kind === 'Field' && repaired.syntheticFields.has(node.name)) found.add(node.name)
    syntheticNames(node.selections ?? [], repaired, found)
  }
  return found
}

/** The `requires` of a fetch without the synthetic fields that none of the variants is about. */
function keepVariants(
  nodes: readonly QueryPlanSelectionNode[],
  options: { variants: readonly Variant[]; repaired: RepairedSupergraph },
  place: { type: string; path: readonly string[] } = { type: '', path: [] },
): QueryPlanSelectionNode[] {
  const { variants, repaired } = options
  return nodes.flatMap((node): QueryPlanSelectionNode[] => {
    if (node.kind === 'InlineFragment') {
      const type = place.type === '' ? (node.typeCondition ?? '') : place.type
      const selections = keepVariants(node.selections, options, { type, path: place.path })
      return selections.length > 0 ? [{ ...node, selections }] : []
    }
    const path = [...place.path, node.name]
    const isWanted =
      !repaired.syntheticFields.has(node.name) ||
      variants.some((one) => one.path.join('/') === path.join('/') && mayMeet(one.type, place.type, repaired))
    if (!isWanted) return []
    if (!node.selections) return [node]
    const selections = keepVariants(node.selections, options, { type: place.type, path })
    return selections.length > 0 ? [{ ...node, selections }] : []
  })
}

function mayMeet(one: string, other: string, { isObject }: RepairedSupergraph): boolean {
  return one === other || !isObject(one) || !isObject(other)
}
