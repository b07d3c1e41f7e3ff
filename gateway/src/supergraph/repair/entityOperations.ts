import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql'

/** A query of fields of one entity, with the variables of another operation. */
export function entityOperation(root: string, { selections, like }: Asked): DocumentNode {
  return queryOf({ kind: Kind.FIELD, name: nameNode(root), selectionSet: setOf(selections) }, like)
}

/** A query of fields of the entities that representations name. */
export function entitiesOperation(type: string, { selections, like }: Asked): DocumentNode {
  const value = { kind: Kind.VARIABLE, name: nameNode('representations') } as const
  const onType: SelectionNode = {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: nameNode(type) },
    selectionSet: setOf(selections),
  }
  const entities: FieldNode = {
    kind: Kind.FIELD,
    name: nameNode('_entities'),
    arguments: [{ kind: Kind.ARGUMENT, name: value.name, value }],
    selectionSet: setOf([onType]),
  }
  return queryOf(entities, 'query($representations:[_Any!]!){_entities}', like)
}

type Asked = { selections: readonly SelectionNode[]; like: string }

/** A query of one field, with those variables of other operations that it uses. */
function queryOf(field: FieldNode, ...like: readonly string[]): DocumentNode {
  const used = new Set<string>()
  visit(field, { Variable: ({ name }) => void used.add(name.value) })
  const definitions = new Map<string, VariableDefinitionNode>()
  for (const text of like) {
    for (const one of parse(text, { noLocation: true }).definitions) {
      if (one.kind !== Kind.OPERATION_DEFINITION) continue
      for (const each of one.variableDefinitions ?? []) definitions.set(each.variable.name.value, each)
    }
  }
  const variableDefinitions = [...definitions].flatMap(([name, one]) => (used.has(name) ? [one] : []))
  const operation: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    variableDefinitions,
    selectionSet: setOf([field]),
  }
  return { kind: Kind.DOCUMENT, definitions: [operation] }
}

function nameNode(value: string) {
  return { kind: Kind.NAME, value } as const
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections }
}
