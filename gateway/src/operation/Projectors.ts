import { type FieldNode, type GraphQLObjectType, type GraphQLSchema, Kind, visit } from 'graphql'
import { collectFields, type SelectionScope } from '../executor/collectFields.ts'
import { compileProjector, type Projector } from '../executor/Projector.ts'
import type { SelectedOperation } from './selectOperation.ts'

/** The projections of one operation: one for each setting of the variables in its `@skip` and `@include`, made when first met. */
export type Projectors = {
  /** The projection for these coerced variables. */
  forVariables(variables: Record<string, unknown>): Projector
  /** The root fields `__schema` and `__type`, by response name. */
  introspectionFields: ReadonlyMap<string, readonly FieldNode[]>
}

/** How many settings are remembered. An operation with more of them in use compiles its projection more often. */
const maxVariants = 32

/** {@link Projectors} for an operation. */
export function createProjectors(options: {
  schema: GraphQLSchema
  selected: Extract<SelectedOperation, { kind: 'operation' }>
  rootType: GraphQLObjectType
  treeName: SelectionScope['treeName']
}): Projectors {
  const { schema, selected, rootType, treeName } = options
  const { fragments } = selected
  const { selectionSet } = selected.operation
  const flags = conditionVariables(selected)
  const variants = new Map<string, Projector>()
  const everything: SelectionScope = { schema, fragments, flag: () => undefined, treeName }
  return {
    forVariables(variables) {
      let key = ''
      for (const flag of flags) key += variables[flag] === true ? '1' : '0'
      const known = variants.get(key)
      if (known) return known
      // A copy of the flags alone: what is remembered must not hold on to a client's variables.
      const isTrue = new Set(flags.filter((flag) => variables[flag] === true))
      const scope: SelectionScope = { schema, fragments, flag: (variable) => isTrue.has(variable), treeName }
      const projector = compileProjector(scope, { rootType, selectionSet })
      const [oldest] = variants.keys()
      if (variants.size >= maxVariants && oldest !== undefined) variants.delete(oldest)
      variants.set(key, projector)
      return projector
    },
    introspectionFields: new Map(
      [...collectFields(everything, rootType, [selectionSet])].filter(
        ([, [node]]) => node?.name.value === '__schema' || node?.name.value === '__type',
      ),
    ),
  }
}

/** The names of the variables that stand in a `@skip` or an `@include`. */
function conditionVariables(selected: Extract<SelectedOperation, { kind: 'operation' }>): readonly string[] {
  const names = new Set<string>()
  for (const node of [selected.operation, ...selected.fragments.values()]) {
    visit(node, {
      Directive(directive) {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') return
        for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
      },
    })
  }
  return [...names]
}
