import { type ConstDirectiveNode, type ConstValueNode, Kind, parse, type SelectionSetNode } from 'graphql'

/** The value of a directive's argument. */
export function readArgument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value
}

/** The text of a directive's argument. */
export function readString(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = readArgument(directive, name)
  return value?.kind === Kind.STRING ? value.value : undefined
}

/** The graph that a directive of the join spec is about: a value of the enum `join__Graph`. */
export function readGraph(directive: ConstDirectiveNode): string | undefined {
  const value = readArgument(directive, 'graph')
  return value?.kind === Kind.ENUM ? value.value : undefined
}

/** Whether it joins a field to a graph that only names it. */
export function isExternal(directive: ConstDirectiveNode): boolean {
  const external = readArgument(directive, 'external')
  return directive.name.value === 'join__field' && external?.kind === Kind.BOOLEAN && external.value
}

/** Parses a field set: `id author { name }`. */
export function parseFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Expected a field set, got ${text}`)
  return definition.selectionSet
}
