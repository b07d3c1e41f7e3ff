import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  type OperationTypeNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { buildVariables } from './buildVariables.ts'
import type { Draft, DraftField, DraftFragment, DraftSelection } from './Draft.ts'

export type BuildOptions = {
  /** Share response names and fragments also where that may not be valid. */
  isLoose: boolean
  plainVariables: boolean
}

/** Fields by response name at one place of the answer, whatever the type conditions around them. */
type Scope = Map<string, { parent: string; isObject: boolean; type: string; signature: string; children: Scope }>

/** Makes a document of a draft: response names, variables and fragments get names that do not collide. */
export function buildOperation(
  schema: GraphQLSchema,
  draft: Draft,
  options: BuildOptions,
): { document: DocumentNode; variables: Record<string, unknown> } {
  const variables = buildVariables(options)
  const fragments = new Map<string, FragmentDefinitionNode>()
  const open = new Set<string>()
  const root = draft.operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  if (!root) throw new Error(`Expected a schema with a ${draft.operation}`)
  const selectionSet = selections(root, draft.selections, new Map())
  return {
    document: {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: draft.operation as OperationTypeNode, // The enum's values are these words.
          variableDefinitions: variables.definitions,
          selectionSet,
        },
        ...fragments.values(),
      ],
    },
    variables: Object.fromEntries(variables.values),
  }

  function selections(type: GraphQLCompositeType, drafts: readonly DraftSelection[], scope: Scope): SelectionSetNode {
    return {
      kind: Kind.SELECTION_SET,
      selections: drafts.map((one) => (one.kind === 'field' ? field(type, one, scope) : fragment(type, one, scope))),
    }
  }

  function field(type: GraphQLCompositeType, one: DraftField, scope: Scope): SelectionNode {
    const definition = 'getFields' in type ? type.getFields()[one.name] : undefined
    const args = definition ? variables.args(definition.args, one.args) : []
    const signature = `${one.name}(${args.map(print)})`
    const output = definition ? String(definition.type) : 'String!'
    const entry = { parent: type.name, isObject: isObjectType(type), type: output, signature, children: new Map() }
    const { name, place } = claim(scope, one.alias ?? one.name, entry)
    return {
      kind: Kind.FIELD,
      ...(name !== one.name && { alias: nameNode(name) }),
      name: nameNode(one.name),
      arguments: args,
      directives: variables.conditions(one.conditions),
      ...(definition &&
        isCompositeField(definition) && {
          selectionSet: selections(compositeOf(definition), one.selections, place.children),
        }),
    }
  }

  function claim(scope: Scope, wanted: string, entry: typeof scope extends Map<string, infer Entry> ? Entry : never) {
    for (let suffix = 0; ; suffix++) {
      const name = suffix === 0 ? wanted : `${wanted}_${suffix}`
      const place = scope.get(name)
      if (!place) {
        scope.set(name, entry)
        return { name, place: entry }
      }
      const isApart = options.isLoose && place.isObject && entry.isObject && place.parent !== entry.parent
      if (place.type === entry.type && (isApart || place.signature === entry.signature)) return { name, place }
    }
  }

  function fragment(type: GraphQLCompositeType, one: DraftFragment, scope: Scope): SelectionNode {
    const directives = variables.conditions(one.conditions)
    const on = one.on === undefined ? type : schema.getType(one.on)
    if (!isCompositeType(on)) throw new Error('Expected a type condition on a composite type')
    if (one.name === undefined) {
      return {
        kind: Kind.INLINE_FRAGMENT,
        ...(one.on !== undefined && { typeCondition: { kind: Kind.NAMED_TYPE, name: nameNode(one.on) } }),
        directives,
        selectionSet: selections(on, one.selections, scope),
      }
    }
    const known = fragments.get(one.name)
    const isReused = options.isLoose && one.isReused && known?.typeCondition.name.value === on.name
    const name = isReused ? one.name : freeName(one.name)
    if (!isReused) {
      open.add(name)
      const selectionSet = selections(on, one.selections, scope)
      const typeCondition = { kind: Kind.NAMED_TYPE, name: nameNode(on.name) } as const
      fragments.set(name, { kind: Kind.FRAGMENT_DEFINITION, name: nameNode(name), typeCondition, selectionSet })
    }
    return { kind: Kind.FRAGMENT_SPREAD, name: nameNode(name), directives }
  }

  function freeName(wanted: string): string {
    let name = wanted
    for (let suffix = 1; open.has(name); suffix++) name = `${wanted}_${suffix}`
    return name
  }
}

function isCompositeField({ type }: GraphQLField<unknown, unknown>): boolean {
  return isCompositeType(getNamedType(type))
}

function compositeOf({ type }: GraphQLField<unknown, unknown>): GraphQLCompositeType {
  const named = getNamedType(type)
  if (!isCompositeType(named)) throw new Error('Expected a composite type')
  return named
}

function nameNode(value: string): { kind: Kind.NAME; value: string } {
  return { kind: Kind.NAME, value }
}
