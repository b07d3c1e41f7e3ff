import { type ConstDirectiveNode, type FieldDefinitionNode, Kind } from 'graphql'
import {
  type CompositeType,
  type CompositeTypes,
  findField,
  isOfInterface,
  withImplementers,
} from './CompositeTypes.ts'
import { isExternal, readGraph } from './joinArguments.ts'
import type { RequiredField } from './replaceRequirements.ts'

/**
 * Adds synthetic fields to the types that they are required on, and to what implements these: each joined to the same graphs as the field
 * that it stands for, but external only where it is required.
 */
export function addSyntheticFields(types: CompositeTypes, required: readonly RequiredField[]): void {
  for (const field of required) {
    const wanted = new Set([...field.types].flatMap((type) => withImplementers(types, type)))
    for (const name of wanted) {
      const type = types.get(name)
      const original = findField(types, name, field.field)
      if (type && original) {
        types.set(name, { ...type, fields: [...(type.fields ?? []), synthesize(types, { field, type, original })] })
      }
    }
  }
}

function synthesize(
  types: CompositeTypes,
  { field: required, type, original }: { field: RequiredField; type: CompositeType; original: FieldDefinitionNode },
): FieldDefinitionNode {
  const interfaces = type.interfaces?.filter(({ name }) => required.types.has(name.value)) ?? []
  const isKept = (directive: ConstDirectiveNode): boolean => {
    // What a list costs depends on arguments that the synthetic field does not have.
    if (directive.name.value.endsWith('listSize')) return false
    const graph = readGraph(directive)
    if (!isExternal(directive) || graph === undefined || graph === required.graph) return true
    // A graph in which an interface has the field must have it in what implements the interface.
    return isOfInterface(types, { type: { ...type, interfaces }, field: required.field, graph })
  }
  const { type: fieldType, directives = [] } = original
  const kept = directives.filter(isKept)
  // A field joined to no graph in particular would be in all of them.
  const isJoined = kept.some(({ name }) => name.value === 'join__field')
  return {
    kind: Kind.FIELD_DEFINITION,
    name: { kind: Kind.NAME, value: required.name },
    type: fieldType,
    directives: isJoined ? kept : directives,
  }
}
