import type { FetchDataRewrite } from '@apollo/query-planner'
import { type Fields, isFields, readField, setField } from './ownField.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

const fragmentPrefix = '... on '

/**
 * Changes a representation as the plan's `inputRewrites` say, and gives it back: a `ValueSetter` sets `__typename` to the interface
 * that the subgraph knows as an `@interfaceObject`, a `KeyRenamer` moves a value to another name.
 */
export function applyInputRewrites(
  representation: unknown,
  rewrites: readonly FetchDataRewrite[],
  types: SupergraphTypes,
): unknown {
  for (const rewrite of rewrites) {
    const name = rewrite.path.at(-1)
    if (name === undefined) continue
    for (const object of objectsAt(representation, rewrite.path.slice(0, -1), types)) {
      if (rewrite.kind === 'ValueSetter') setField(object, name, rewrite.setValueTo)
      else if (Object.hasOwn(object, name)) {
        setField(object, rewrite.renameKeyTo, readField(name)(object))
        delete object[name]
      }
    }
  }
  return representation
}

function objectsAt(root: unknown, path: readonly string[], types: SupergraphTypes): Fields[] {
  let objects = [root].filter(isFields)
  for (const part of path) {
    if (part.startsWith(fragmentPrefix)) {
      const condition = part.slice(fragmentPrefix.length)
      objects = objects.filter(
        ({ __typename }) => typeof __typename !== 'string' || types.satisfies(__typename, condition),
      )
    } else {
      const read = readField(part)
      objects = objects.flatMap((object) => [read(object)].flat(Number.POSITIVE_INFINITY)).filter(isFields)
    }
  }
  return objects
}
