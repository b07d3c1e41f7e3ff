import type { FetchShape } from './FetchShape.ts'
import { failed } from './failed.ts'
import { type Fields, isFields, setField } from './ownField.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'

/**
 * Merges the fields of a subgraph's answer into an object of the tree, in place. Objects merge by field, lists of one length by
 * index. What the tree has is not undone by a null from elsewhere, so the order in which answers come does not matter; where an earlier part of a
 * deferred answer has found a failure, a later one may find a value.
 *
 * With `copy` nothing of the answer is adopted that a later merge might change: for an answer that two fetches share.
 */
export function mergeAnswer(
  target: Fields,
  source: Fields,
  shape: FetchShape,
  options: { types: SupergraphTypes; copy: boolean },
): void {
  for (const field of shape.fields) {
    const incoming = field.readSource(source)
    if (incoming === undefined) continue
    const existing = field.readTarget(target)
    if (existing === undefined || existing === null || existing === failed) {
      setField(target, field.name, field.shape ? take(incoming, field.shape, options) : incoming)
    } else if (incoming === null) {
      // A subgraph that has nothing to say does not undo what another said.
    } else if (field.shape) {
      setField(target, field.name, mergeValue(existing, incoming, field.shape, options))
    } else if (field.name !== '__typename' || options.types.isObject(String(incoming))) {
      // An interface object answers with the interface's name: the name of the object's own type says more.
      setField(target, field.name, incoming)
    }
  }
}

type Options = { types: SupergraphTypes; copy: boolean }

function mergeValue(existing: unknown, incoming: unknown, shape: FetchShape, options: Options): unknown {
  if (existing === undefined || existing === null || existing === failed) return take(incoming, shape, options)
  if (incoming === undefined || incoming === null || incoming === existing) return existing
  // Not of the type, whatever that is: to be told when the client's answer is written, in either order.
  if (!isFields(incoming) && !Array.isArray(incoming)) return incoming
  if (Array.isArray(existing)) {
    if (!Array.isArray(incoming)) return existing
    // Lists that differ in length are not about the same objects: the newer one stands for itself.
    if (existing.length !== incoming.length) return take(incoming, shape, options)
    for (let i = 0; i < existing.length; i++) existing[i] = mergeValue(existing[i], incoming[i], shape, options)
    return existing
  }
  if (isFields(existing) && isFields(incoming)) mergeAnswer(existing, incoming, shape, options)
  return existing
}

/** The value as the tree may hold it: itself, or a copy of its objects and lists down to the leaves. */
function take(value: unknown, shape: FetchShape, options: Options): unknown {
  if (!options.copy && !shape.hasRenames) return value
  if (Array.isArray(value)) return value.map((item) => take(item, shape, options))
  if (!isFields(value)) return value
  const copy: Fields = {}
  mergeAnswer(copy, value, shape, options)
  return copy
}
