import type { ConstDirectiveNode } from 'graphql'
import { type CompositeTypes, forEachField } from './CompositeTypes.ts'
import { parseFieldSet, readGraph, readString } from './joinArguments.ts'

/** The names of the fields that require something and are required themselves, each in some graph. */
export function readChains(types: CompositeTypes): ReadonlySet<string> {
  const requiring = new Set<string>()
  const required = new Set<string>()
  for (const [type, { fields = [] }] of types) {
    for (const { name, directives = [] } of fields) {
      for (const join of directives) if (readRequires(join, type)) requiring.add(name.value)
    }
  }
  return new Set([...requiring].filter((name) => required.has(name)))

  function readRequires(join: ConstDirectiveNode, type: string): boolean {
    const graph = readGraph(join)
    const requires = readString(join, 'requires')
    if (graph === undefined || requires === undefined) return false
    forEachField(types, { set: parseFieldSet(requires), type, graph }, ({ definition }) => {
      required.add(definition.name.value)
    })
    return true
  }
}
