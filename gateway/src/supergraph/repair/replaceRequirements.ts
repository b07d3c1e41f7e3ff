import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  type FieldNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
} from 'graphql'
import { type CompositeTypes, findField, forEachField, typeNameOf, withImplementers } from './CompositeTypes.ts'
import { isExternal, parseFieldSet, readGraph, readString } from './joinArguments.ts'
import type { SyntheticField } from './RepairedSupergraph.ts'

/** A synthetic field, with the types that an `@requires` selects it on. Each graph that requires has its own. */
export type RequiredField = SyntheticField & { graph: string; types: Set<string> }

export type Requirements = {
  fields: readonly RequiredField[]
  /** What the graphs selected before, by {@link coordinateIn}. */
  replaced: ReadonlySet<string>
}

export function coordinateIn(graph: string, type: string, field: string): string {
  return `${graph}\n${type}.${field}`
}

/**
 * Points each `@requires` at synthetic fields instead of the fields with arguments that it selects, also where it gives none, because the client
 * may; and instead of external fields that another graph selects of its own: the planner would ask the wrong one of the two. Synthetic fields have
 * `mark` in their names. Changes `types`; the synthetic fields do not exist yet.
 */
export function replaceRequirements(types: CompositeTypes, mark: string): Requirements {
  const local = localRequirements(types)
  const fields = new Map<string, RequiredField>()
  const replaced = new Set<string>()
  for (const [name, type] of types) {
    const newFields = type.fields?.map((field) => {
      const directives = field.directives?.map((directive) => replaceIn(directive, name))
      return directives?.some((one, index) => one !== field.directives?.[index]) ? { ...field, directives } : field
    })
    types.set(name, { ...type, fields: newFields ?? [] })
  }
  return { fields: [...fields.values()], replaced }

  function replaceIn(directive: ConstDirectiveNode, type: string): ConstDirectiveNode {
    const graph = readGraph(directive)
    const requires = readString(directive, 'requires')
    if (directive.name.value !== 'join__field' || graph === undefined || requires === undefined) return directive
    const before = parseFieldSet(requires)
    const after = replaceSelections(before, type, graph)
    if (after === before) return directive
    const value = { kind: Kind.STRING, value: stripIgnoredCharacters(print(after)).slice(1, -1) } as const
    const args = directive.arguments?.map((one) => (one.name.value === 'requires' ? { ...one, value } : one))
    return { ...directive, arguments: args ?? [] }
  }

  function replaceSelections(set: SelectionSetNode, type: string, graph: string): SelectionSetNode {
    const selections = set.selections.map((selection) => replaceSelection(selection, type, graph))
    return selections.every((one, index) => one === set.selections[index]) ? set : { ...set, selections }
  }

  function replaceSelection(selection: SelectionNode, type: string, graph: string): SelectionNode {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const selectionSet = replaceSelections(selection.selectionSet, selection.typeCondition?.name.value ?? type, graph)
      return selectionSet === selection.selectionSet ? selection : { ...selection, selectionSet }
    }
    const definition = findField(types, type, selection.name.value)
    if (!definition) return selection
    const { selectionSet: before } = selection
    const selectionSet = before && replaceSelections(before, typeNameOf(definition, graph), graph)
    const isElsewhere = isExternalIn(definition, graph) && local.has(`${type}.${selection.name.value}`)
    if (definition.arguments?.length || isElsewhere) {
      const { name } = requiredField(selection, type, graph)
      return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name }, ...(selectionSet && { selectionSet }) }
    }
    return selectionSet === before ? selection : { ...selection, ...(selectionSet && { selectionSet }) }
  }

  function requiredField(node: FieldNode, type: string, graph: string): RequiredField {
    const field = node.name.value
    for (const one of withImplementers(types, type)) replaced.add(coordinateIn(graph, one, field))
    const given = (node.arguments ?? []).map((argument) => stripIgnoredCharacters(print(argument))).sort()
    const args = given.length > 0 ? `(${given.join(' ')})` : ''
    const key = `${graph}\n${field}${args}`
    const known = fields.get(key)
    known?.types.add(type)
    if (known) return known
    const created = { name: `${field}${mark}${fields.size}`, field, args, graph, types: new Set([type]) }
    fields.set(key, created)
    return created
  }
}

/** The fields that an `@requires` selects of its own graph: `Post.comments`. */
function localRequirements(types: CompositeTypes): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [name, type] of types) {
    for (const directive of (type.fields ?? []).flatMap((field) => field.directives ?? [])) {
      const graph = readGraph(directive)
      const requires = readString(directive, 'requires')
      if (graph !== undefined && requires !== undefined) {
        forEachField(types, { set: parseFieldSet(requires), type: name, graph }, (one) => {
          if (isExternalIn(one.definition, graph)) return
          for (const each of withImplementers(types, one.type)) found.add(`${each}.${one.definition.name.value}`)
        })
      }
    }
  }
  return found
}

function isExternalIn(definition: FieldDefinitionNode, graph: string): boolean {
  return definition.directives?.some((one) => isExternal(one) && readGraph(one) === graph) ?? false
}
