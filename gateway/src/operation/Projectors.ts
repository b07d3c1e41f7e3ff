import { type FieldNode, type GraphQLObjectType, type GraphQLSchema, Kind, visit } from 'graphql'
import { collectFields, type SelectionScope } from '../executor/collectFields.ts'
import { compileFlatProjector, type FlatProjector } from '../executor/flat/compileFlatProjector.ts'
import type { FlatLayout } from '../executor/flat/FlatLayout.ts'
import { compileProjector, type Projector } from '../executor/Projector.ts'
import { createVariants } from './createVariants.ts'
import type { SelectedOperation } from './selectOperation.ts'

/** The projections of one operation: one for each setting of the variables in its `@skip` and `@include`, made when first met. */
export type Projectors = {
  /** The projection for these coerced variables. */
  forVariables(variables: Record<string, unknown>): Projector
  /** The same from a flat tree; undefined where that cannot be. */
  flatForVariables(variables: Record<string, unknown>, layout: FlatLayout): FlatProjector | undefined
  /** The root fields `__schema` and `__type`, by response name. */
  introspectionFields: ReadonlyMap<string, readonly FieldNode[]>
}

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
  const projectors = createVariants(flags, (flag) =>
    compileProjector({ schema, fragments, flag, treeName }, { rootType, selectionSet }),
  )
  const flatProjectors = createVariants(flags, (flag, layout: FlatLayout) =>
    compileFlatProjector({ schema, fragments, flag, treeName }, { rootType, selectionSet, layout }),
  )
  const everything: SelectionScope = { schema, fragments, flag: () => undefined, treeName }
  return {
    forVariables: (variables) => projectors(variables, undefined),
    flatForVariables: flatProjectors,
    introspectionFields: new Map(
      [...collectFields(everything, rootType, [selectionSet])].filter(
        ([, [node]]) => node?.name.value === '__schema' || node?.name.value === '__type',
      ),
    ),
  }
}

/** The names of the variables that stand in a `@skip` or an `@include`. */
export function conditionVariables(selected: Extract<SelectedOperation, { kind: 'operation' }>): readonly string[] {
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
