import type { ConstDirectiveNode, FieldDefinitionNode } from 'graphql'
import type { CompositeTypes } from './CompositeTypes.ts'
import { dropUnusedExternals } from './dropUnusedExternals.ts'
import { isExternal, readGraph, readString } from './joinArguments.ts'
import { coordinateIn } from './replaceRequirements.ts'

/** Types whose fields require nothing, and of which graphs name no fields for that alone. */
export function withoutRequirements(types: CompositeTypes): CompositeTypes {
  const copy: CompositeTypes = new Map()
  const external = new Set<string>()
  for (const [name, type] of types) {
    const fields = type.fields?.map((field): FieldDefinitionNode => {
      for (const join of field.directives ?? []) {
        if (isExternal(join)) external.add(coordinateIn(readGraph(join) ?? '', name, field.name.value))
      }
      return { ...field, directives: field.directives?.map(withoutRequires) ?? [] }
    })
    copy.set(name, { ...type, fields: fields ?? [] })
  }
  dropUnusedExternals(copy, external)
  return copy
}

function withoutRequires(join: ConstDirectiveNode): ConstDirectiveNode {
  if (readString(join, 'requires') === undefined) return join
  return { ...join, arguments: join.arguments?.filter((one) => one.name.value !== 'requires') ?? [] }
}
