import type { Failure } from './ExecutionState.ts'
import type { FetchShape } from './FetchShape.ts'
import { failed } from './failed.ts'
import { type Fields, isFields, readField, setField } from './ownField.ts'
import type { ResponsePath } from './PlanPath.ts'
import { requiresFailed } from './Representation.ts'

/** Writes {@link failed} wherever the tree lacks a value because of a failure, when all answers are in, in the order they failed. */
export function markFailures(failures: readonly Failure[]): void {
  // A skipped fetch concerns us only if something has failed before it.
  if (failures.every((failure) => failure.kind === 'skipped')) return
  const causesFirst = [...failures].sort((a, b) => Number(a.kind === 'skipped') - Number(b.kind === 'skipped'))
  for (const failure of causesFirst) {
    switch (failure.kind) {
      case 'fetch':
        for (const target of failure.targets) markMissing(target, failure.shape)
        break
      case 'field':
        for (const target of failure.targets) markField(target, failure.path)
        break
      case 'skipped':
        if (requiresFailed(failure.entity, failure.requires)) markMissing(failure.entity, failure.shape)
        break
      default:
        failure satisfies never
    }
  }
}

function markMissing(target: unknown, shape: FetchShape): void {
  if (Array.isArray(target)) {
    for (const item of target) markMissing(item, shape)
  } else if (isFields(target)) {
    for (const field of shape.fields) {
      const value = field.readTarget(target)
      if (value === undefined) setField(target, field.name, failed)
      else if (field.shape) markMissing(value, field.shape)
    }
  }
}

/** By the GraphQL spec an error's field is null, or the null has travelled up from there: the first null on the way is its place. */
function markField(target: Fields, path: ResponsePath): void {
  let parent: unknown = target
  for (const key of path) {
    if (typeof key === 'number') {
      if (!Array.isArray(parent) || key >= parent.length) return
      if (parent[key] === null || parent[key] === undefined) {
        parent[key] = failed
        return
      }
      parent = parent[key]
    } else {
      if (!isFields(parent)) return
      const value = readField(key)(parent)
      if (value === null || value === undefined) {
        setField(parent, key, failed)
        return
      }
      parent = value
    }
  }
}
