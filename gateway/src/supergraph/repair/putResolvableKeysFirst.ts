import type { ConstDirectiveNode, TypeDefinitionNode } from 'graphql'
import { readArgument, readGraph } from './joinArguments.ts'

/**
 * A type of the supergraph whose `@join__type`s of one graph begin with the keys that can be resolved: the planner re-enters a
 * subgraph by the first `@key` whose fields it has, `resolvable: false` or not. The type itself when they do already.
 */
export function putResolvableKeysFirst(type: TypeDefinitionNode): TypeDefinitionNode {
  const byGraph = new Map<string, ConstDirectiveNode[]>()
  for (const directive of type.directives ?? []) {
    const graph = graphOf(directive)
    if (graph !== undefined) byGraph.set(graph, [...(byGraph.get(graph) ?? []), directive])
  }
  const sorted = new Map(
    [...byGraph].map(([graph, joins]) => [
      graph,
      [...joins].sort((a, b) => Number(isUnresolvable(a)) - Number(isUnresolvable(b))),
    ]),
  )
  // Each takes the place of another of its graph, so that nothing else moves.
  const directives = type.directives?.map((directive) => sorted.get(graphOf(directive) ?? '')?.shift() ?? directive)
  const isChanged = directives?.some((directive, index) => directive !== type.directives?.[index])
  // A spread of a union is typed as what all its members have in common.
  return isChanged ? ({ ...type, directives } as TypeDefinitionNode) : type
}

function graphOf(directive: ConstDirectiveNode): string | undefined {
  return directive.name.value === 'join__type' ? readGraph(directive) : undefined
}

function isUnresolvable(directive: ConstDirectiveNode): boolean {
  const resolvable = readArgument(directive, 'resolvable')
  return resolvable?.kind === 'BooleanValue' && !resolvable.value
}
