import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import {
  type DirectiveNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { parseFetch } from '../../executor/parseFetch.ts'
import { withDocument } from '../../executor/withDocument.ts'
import { fieldObject, isLocal, isOwn, type LocalObject } from './isLocal.ts'
import { pathsOf } from './pathsOf.ts'
import type { RepairedSupergraph } from './RepairedSupergraph.ts'
import { readRequiredPaths } from './RequiredPath.ts'

/** Fields of an object that a fetch asks for without giving the subgraph what they require, or that the subgraph only names. */
export type UnmetFields = {
  /** Where their object is in the fetch's answer, as in the path of a `FlattenNode`. */
  path: readonly string[]
  /** Its type in the subgraph. */
  type: string
  /** The fields that the subgraph only names, under their conditions. */
  external: readonly SelectionNode[]
  /** The others, and all that they require. */
  requiring: readonly SelectionNode[]
  required: readonly SelectionNode[]
  /** What the representations of the fetch give, where the objects are its entities. */
  given: readonly QueryPlanSelectionNode[] | undefined
}

/**
 * Puts what `move` gives for the {@link UnmetFields} of each object in the place of these, but for what is known of the object already. The fetch itself
 * where it has none; undefined when it asks for nothing else.
 */
export function moveUnmet(
  fetch: FetchNode,
  repaired: RepairedSupergraph,
  move: (unmet: UnmetFields) => SelectionSetNode,
): FetchNode | undefined {
  const { serviceName: subgraph, requires } = fetch
  const renamed = new Map(
    (fetch.outputRewrites ?? []).flatMap((one) =>
      one.kind === 'KeyRenamer' ? [[one.path.at(-1), one.renameKeyTo] as const] : [],
    ),
  )
  const document = parseFetch(fetch)
  let isMoved = false
  let isEmpty = false
  const moved = visit(document, {
    OperationDefinition(operation): OperationDefinitionNode {
      const [entities] = operation.selectionSet.selections
      if (!requires || entities?.kind !== Kind.FIELD || !entities.selectionSet) {
        const type = repaired.rootTypeOf(operation.operation)
        const place: Place = { object: { subgraph, repaired, type, provided: [] }, path: [] }
        return { ...operation, selectionSet: keepObject(operation.selectionSet, place) }
      }
      const object = { subgraph, repaired, type: '_Entity', provided: [] }
      const place: Place = { object, path: [], given: requires }
      const kept = keepObject(entities.selectionSet, place)
      isEmpty = kept.selections.length === 0
      const selections = [{ ...entities, selectionSet: kept }]
      return { ...operation, selectionSet: { ...operation.selectionSet, selections } }
    },
  })
  if (isEmpty) return undefined
  return isMoved ? withDocument(fetch, moved) : fetch

  function keepObject(set: SelectionSetNode, place: Place): SelectionSetNode {
    const unmet: Unmet[] = []
    let kept = keep(set, place, { conditions: [], unmet })
    for (const type of new Set(unmet.map((one) => one.type))) {
      isMoved = true
      const here = unmet.filter((one) => one.type === type)
      const instead = move({
        path: place.path,
        type,
        external: here.flatMap(({ selection, requires }) => (requires ? [] : [renameBack(selection)])),
        requiring: here.flatMap(({ selection, requires }) => (requires ? [renameBack(selection)] : [])),
        required: here.flatMap(({ requires }) => requires?.selections ?? []),
        given: place.given && givenFor(place.given, type),
      })
      const known = new Set(place.given && pathsOf(givenFor(place.given, type)))
      const missing = instead.selections.filter(
        (one) => one.kind !== Kind.FIELD || one.selectionSet || !known.has(one.name.value),
      )
      if (missing.length === 0) continue
      const added = type === place.object.type ? missing : [inlineFragment(type, { ...instead, selections: missing })]
      const all = [...kept.selections, ...added]
      const distinct = new Map(all.map((one) => [print(one), one]))
      kept = { ...kept, selections: [...distinct.values()] }
    }
    return kept
  }

  /** The selections that stay; what does not is put into `unmet`. */
  function keep(set: SelectionSetNode, place: Place, to: { conditions: Conditions; unmet: Unmet[] }): SelectionSetNode {
    const { object } = place
    const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection]
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition?.name.value ?? object.type
        const conditions = [...to.conditions, selection.directives ?? []]
        const selectionSet = keep(
          selection.selectionSet,
          { ...place, object: { ...object, type } },
          { ...to, conditions },
        )
        return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : []
      }
      const name = selection.name.value
      const field = repaired.fieldIn({ subgraph, type: object.type, name })
      const requires = field?.requires && !isMet(field.requires, place) ? field.requires : undefined
      if (requires || (field && !isOwn(name, object))) {
        to.unmet.push({ type: object.type, selection: underConditions(selection, to.conditions), requires })
        return []
      }
      const below = fieldObject(name, object)
      if (!field || !below || !selection.selectionSet) return [selection]
      const path = [...place.path, responseNameOf(selection), ...Array.from({ length: field.listDepth }, () => '@')]
      return [{ ...selection, selectionSet: keepObject(selection.selectionSet, { object: below, path }) }]
    })
    return { ...set, selections }
  }

  function isMet(requirement: SelectionSetNode, { object, given }: Place): boolean {
    const { type } = object
    if (!given) return isLocal(requirement, object)
    const paths = new Set(pathsOf(givenFor(given, type)))
    return readRequiredPaths(requirement, { type, repaired }).every(({ path }) => paths.has(path.join('/')))
  }

  /** The planner's aliases are of use in the one fetch alone. */
  function renameBack(selection: SelectionNode): SelectionNode {
    if (renamed.size === 0) return selection
    return visit(selection, {
      Field: (node) => ({ ...node, alias: { kind: Kind.NAME, value: responseNameOf(node) } as const }),
    })
  }

  function responseNameOf({ alias, name }: FieldNode): string {
    const own = (alias ?? name).value
    return renamed.get(own) ?? own
  }
}

type Place = {
  object: LocalObject
  path: readonly string[]
  /** What the representations give, where the objects are the entities of the fetch. */
  given?: readonly QueryPlanSelectionNode[]
}

type Unmet = { type: string; selection: SelectionNode; requires: SelectionSetNode | undefined }

/** What representations give for a type: for all types where it does not say, as where an interface object stands in for others. */
function givenFor(given: readonly QueryPlanSelectionNode[], type: string): readonly QueryPlanSelectionNode[] {
  const own = given.filter((one) => one.kind === 'InlineFragment' && one.typeCondition === type)
  return own.length > 0 ? own : given
}

/** The directives of each fragment around a field, the outermost first. */
type Conditions = readonly (readonly DirectiveNode[])[]

function underConditions(field: FieldNode, conditions: Conditions): SelectionNode {
  return conditions.reduceRight<SelectionNode>(
    (node, directives) => (directives.length === 0 ? node : { ...inlineFragment(undefined, setOf(node)), directives }),
    field,
  )
}

function inlineFragment(type: string | undefined, selectionSet: SelectionSetNode) {
  const name = type !== undefined && ({ kind: Kind.NAME, value: type } as const)
  return {
    kind: Kind.INLINE_FRAGMENT,
    ...(name && { typeCondition: { kind: Kind.NAMED_TYPE, name } as const }),
    selectionSet,
  } as const
}

function setOf(selection: SelectionNode): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: [selection] }
}
