import { builtInKinds } from './builtInKinds.ts'
import type { JobKind } from './JobKind.ts'

/** The built-in kinds and others, by name. Throws when two have the same. */
export function kindsByName(extraKinds: readonly JobKind[] = []): ReadonlyMap<string, JobKind> {
  const kinds = new Map<string, JobKind>()
  for (const kind of [...builtInKinds, ...extraKinds]) {
    if (kinds.has(kind.name)) throw new Error(`Expected one job kind of the name ${kind.name}, got two`)
    kinds.set(kind.name, kind)
  }
  return kinds
}
