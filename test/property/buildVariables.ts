import {
  type ArgumentNode,
  type ConstValueNode,
  type DirectiveNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type NameNode,
  parseType,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
  type VariableNode,
} from 'graphql'
import type { DraftCondition, DraftValue } from './Draft.ts'

/** The arguments and conditions of an operation in the making, with the variables that they use. */
export type VariableBuilder = {
  definitions: readonly VariableDefinitionNode[]
  /** The request's variables. */
  values: ReadonlyMap<string, unknown>
  args(definitions: readonly GraphQLArgument[], drafts: Readonly<Record<string, DraftValue>>): ArgumentNode[]
  conditions(drafts: readonly DraftCondition[]): DirectiveNode[]
}

/** A {@link VariableBuilder} without variables yet. With `plainVariables` the names that drafts ask for are not used. */
export function buildVariables({ plainVariables }: { plainVariables: boolean }): VariableBuilder {
  const definitions: VariableDefinitionNode[] = []
  const values = new Map<string, unknown>()
  const taken = new Set<string>()
  const flags = new Map<string, VariableNode>()
  return { definitions, values, args, conditions }

  function args(known: readonly GraphQLArgument[], drafts: Readonly<Record<string, DraftValue>>): ArgumentNode[] {
    return entries(known, drafts).map(({ definition, draft }) => ({
      kind: Kind.ARGUMENT,
      name: nameNode(definition.name),
      value: value(definition.type, draft),
    }))
  }

  function value(type: GraphQLInputType, draft: DraftValue): ValueNode {
    const nullable = isNonNullType(type) ? type.ofType : type
    if (draft.kind === 'object' && isInputObjectType(nullable)) {
      const fields = entries(Object.values(nullable.getFields()), draft.fields).map(({ definition, draft: one }) => ({
        kind: Kind.OBJECT_FIELD as const,
        name: nameNode(definition.name),
        value: value(definition.type, one),
      }))
      return { kind: Kind.OBJECT, fields }
    }
    if (draft.kind === 'list' && isListType(nullable)) {
      return { kind: Kind.LIST, values: draft.items.map((one) => value(nullable.ofType, one)) }
    }
    if (draft.kind !== 'value') throw new Error(`Expected a value of type ${type}`)
    if (draft.variable === undefined) return literal(type, draft.json)
    const isDefault = draft.role === 'default'
    const variable = define(draft.variable, parseType(String(isDefault ? nullable : type)), {
      ...(isDefault && { defaultValue: literal(type, draft.json) }),
    })
    const isAbsent = draft.role !== 'given' && (isDefault || !isNonNullType(type))
    if (!isAbsent) values.set(variable.name.value, draft.json)
    return variable
  }

  function conditions(drafts: readonly DraftCondition[]): DirectiveNode[] {
    return drafts.map((draft) => ({
      kind: Kind.DIRECTIVE,
      name: nameNode(draft.directive),
      arguments: [{ kind: Kind.ARGUMENT, name: nameNode('if'), value: flag(draft) }],
    }))
  }

  function flag(draft: DraftCondition): ValueNode {
    if (draft.variable === undefined) return { kind: Kind.BOOLEAN, value: draft.value }
    const known = flags.get(draft.variable)
    if (known) return known
    const variable = define(draft.variable, parseType('Boolean!'), {})
    flags.set(draft.variable, variable)
    values.set(variable.name.value, draft.value)
    return variable
  }

  function define(wanted: string, type: TypeNode, rest: { defaultValue?: ConstValueNode }): VariableNode {
    const base = plainVariables ? 'plain' : wanted
    let name = base
    for (let suffix = 1; taken.has(name); suffix++) name = `${base}_${suffix}`
    taken.add(name)
    const variable: VariableNode = { kind: Kind.VARIABLE, name: nameNode(name) }
    definitions.push({ kind: Kind.VARIABLE_DEFINITION, variable, type, ...rest })
    return variable
  }
}

function entries<Definition extends GraphQLArgument | GraphQLInputField>(
  definitions: readonly Definition[],
  drafts: Readonly<Record<string, DraftValue>>,
): { definition: Definition; draft: DraftValue }[] {
  return definitions.flatMap((definition) => {
    const draft = Object.hasOwn(drafts, definition.name) ? drafts[definition.name] : undefined
    return draft ? [{ definition, draft }] : []
  })
}

/** A JSON value as a literal of the type; as JSON looks, for custom scalars. */
function literal(type: GraphQLInputType | undefined, json: unknown): ConstValueNode {
  const nullable = isNonNullType(type) ? type.ofType : type
  if (json === null) return { kind: Kind.NULL }
  if (Array.isArray(json)) {
    const item = isListType(nullable) ? nullable.ofType : undefined
    return { kind: Kind.LIST, values: json.map((one) => literal(item, one)) }
  }
  switch (typeof json) {
    case 'boolean':
      return { kind: Kind.BOOLEAN, value: json }
    case 'number':
      return { kind: Number.isInteger(json) ? Kind.INT : Kind.FLOAT, value: String(json) }
    case 'string':
      return isEnumType(nullable) ? { kind: Kind.ENUM, value: json } : { kind: Kind.STRING, value: json }
    default: {
      const types = isInputObjectType(nullable) ? nullable.getFields() : {}
      const fields = Object.entries(json ?? {}).map(([name, one]) => ({
        kind: Kind.OBJECT_FIELD as const,
        name: nameNode(name),
        value: literal(types[name]?.type, one),
      }))
      return { kind: Kind.OBJECT, fields }
    }
  }
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value }
}
