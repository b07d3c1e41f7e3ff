import {
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql'

/** Gives the value of a root field `__schema` or `__type` for these coerced variables. */
export type AnswerIntrospection = (variables: Record<string, unknown>) => unknown

/**
 * Compiles the answer of one introspection field, by graphql-js over the schema that clients see. Without variables it is worked out
 * once, when first asked for; it may be shared by many answers and must not be changed.
 */
export function compileIntrospection(
  schema: GraphQLSchema,
  options: {
    fieldNodes: readonly FieldNode[]
    fragments: ReadonlyMap<string, FragmentDefinitionNode>
    variableDefinitions: readonly VariableDefinitionNode[]
  },
): AnswerIntrospection {
  const { fieldNodes, fragments, variableDefinitions } = options
  const responseName = fieldNodes[0]?.alias?.value ?? fieldNodes[0]?.name.value ?? ''
  const used = variablesOf(fieldNodes, fragments)
  const usedDefinitions = variableDefinitions.filter(({ variable }) => used.has(variable.name.value))
  const answer: AnswerIntrospection = (variables) => {
    const { data, errors } = executeSync({
      schema,
      document: {
        kind: Kind.DOCUMENT,
        definitions: [
          {
            kind: Kind.OPERATION_DEFINITION,
            operation: OperationTypeNode.QUERY,
            variableDefinitions: usedDefinitions,
            selectionSet: { kind: Kind.SELECTION_SET, selections: fieldNodes },
          },
          ...fragments.values(),
        ],
      },
      variableValues: variables,
    })
    if (errors?.[0]) throw errors[0]
    return data?.[responseName]
  }
  if (usedDefinitions.length > 0) return answer
  let known: { value: unknown } | undefined
  return (variables) => {
    known ??= { value: answer(variables) }
    return known.value
  }
}

function variablesOf(
  fieldNodes: readonly FieldNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ReadonlySet<string> {
  const names = new Set<string>()
  const visited = new Set<string>()
  const pending: (FieldNode | FragmentDefinitionNode)[] = [...fieldNodes]
  for (let node = pending.pop(); node; node = pending.pop()) {
    visit(node, {
      Variable: ({ name }) => void names.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value)
        if (!fragment || visited.has(name.value)) return
        visited.add(name.value)
        pending.push(fragment)
      },
    })
  }
  return names
}
