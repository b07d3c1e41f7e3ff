import {
  type GraphQLCompositeType,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, type SelectionScope } from './collectFields.ts'
import { type Fields, isFields, type ReadField, readField } from './ownField.ts'
import type { ResponsePath } from './PlanPath.ts'
import { compileProjector, type Projector } from './Projector.ts'

/** The projections of an answer that is sent in parts, for one setting of the variables in its `@skip` and `@include`. */
export type AnswerParts = {
  /** What comes first: all that is not deferred. */
  first: PartProjector
  /** What a deferred fragment selects at one of its places. */
  at(place: DeferredPlace): PartProjector
}

/** The projection of one part, and where in what it has written others belong. */
export type PartProjector = Pick<Projector, 'project'> & {
  /** `data` is what was written for the object `source`, which stands at `path`. */
  locate(source: Fields, data: unknown, path: ResponsePath): readonly DeferredPlace[]
}

/** An object in the answer that a deferred fragment is to add to. */
export type DeferredPlace = {
  fragment: InlineFragmentNode
  /** In the client's terms. */
  path: ResponsePath
  source: Fields
  type: GraphQLCompositeType
}

/** Compiles {@link AnswerParts}. The scope says which fragments are deferred; those for a type are compiled when they are first met. */
export function compileAnswerParts(
  scope: SelectionScope,
  root: { rootType: GraphQLCompositeType; selectionSet: SelectionSetNode },
): AnswerParts {
  const compiled = new Map<InlineFragmentNode, Map<string, PartProjector>>()
  return {
    first: compilePart(scope, root.rootType, root.selectionSet, true),
    at({ fragment, type }) {
      const byType = compiled.get(fragment) ?? new Map<string, PartProjector>()
      compiled.set(fragment, byType)
      const part =
        byType.get(type.name) ?? compilePart(scope, type, fragment.selectionSet, type.name === root.rootType.name)
      byType.set(type.name, part)
      return part
    },
  }
}

function compilePart(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  selectionSet: SelectionSetNode,
  isRoot: boolean,
): PartProjector {
  const { project } = compileProjector(scope, { rootType: type, selectionSet, isRoot })
  const locate = compileObject(scope, type, [selectionSet])
  return {
    project,
    locate(source, data, path) {
      const found: DeferredPlace[] = []
      locate(source, data, path, found)
      return found
    },
  }
}

/** Finds the places below a value of the tree; what the client has got of it says which of them are there. */
type Locate = (value: unknown, data: unknown, path: ResponsePath, found: DeferredPlace[]) => void

function compileValue(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
): Locate {
  const byType = new Map<string, Locate>()
  const locate: Locate = (value, data, path, found) => {
    if (Array.isArray(value) && Array.isArray(data)) {
      for (let i = 0; i < data.length; i++) locate(value[i], data[i], [...path, i], found)
    } else if (isFields(value) && isFields(data)) {
      const own = typeOf(scope, type, value)
      const known = byType.get(own.name) ?? compileObject(scope, own, selectionSets)
      byType.set(own.name, known)
      known(value, data, path, found)
    }
  }
  return locate
}

function compileObject(
  scope: SelectionScope,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
): Locate {
  const fragments: InlineFragmentNode[] = []
  const fields: { name: string; readSource: ReadField; readData: ReadField; locate: Locate }[] = []
  for (const [name, nodes] of collectFields(scope, type, selectionSets, fragments)) {
    const [node] = nodes
    const below = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []))
    const definition = node && 'getFields' in type ? type.getFields()[node.name.value] : undefined
    const fieldType = definition && getNamedType(definition.type)
    if (!node || !isCompositeType(fieldType) || !below.some((set) => defersWithin(scope, set))) continue
    const locate = compileValue(scope, fieldType, below)
    fields.push({ name, readSource: readField(scope.treeName(node)), readData: readField(name), locate })
  }
  return (source, data, path, found) => {
    if (!isFields(source) || !isFields(data)) return
    for (const fragment of fragments) found.push({ fragment, path, source, type })
    for (const { name, readSource, readData, locate } of fields) {
      locate(readSource(source), readData(data), [...path, name], found)
    }
  }
}

/** The type of an object that was projected: its own if the tree has it. */
function typeOf({ schema }: SelectionScope, type: GraphQLCompositeType, { __typename: name }: Fields) {
  const own = isAbstractType(type) && typeof name === 'string' ? schema.getType(name) : undefined
  return isCompositeType(own) ? own : type
}

function defersWithin(scope: SelectionScope, { selections }: SelectionSetNode): boolean {
  return selections.some((one) => {
    if (one.kind === Kind.FRAGMENT_SPREAD) return false
    if (one.kind === Kind.INLINE_FRAGMENT && scope.isDeferred?.(one)) return true
    return one.selectionSet !== undefined && defersWithin(scope, one.selectionSet)
  })
}
