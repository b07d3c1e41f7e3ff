import type { FetchNode } from '@apollo/query-planner'
import { compileMisplaced, type IsMisplaced } from './compileMisplaced.ts'
import { createReductions } from './createReductions.ts'
import type { ExecutionState } from './ExecutionState.ts'
import { mergeAnswer } from './mergeAnswer.ts'
import { type Fields, isFields } from './ownField.ts'
import { compilePlanPath } from './PlanPath.ts'
import { type FetchOptions, fail, type PreparedFetch, prepareFetch, reportOf, send, treePath } from './PreparedFetch.ts'
import { compileRepresentations, type RepresentationList } from './Representation.ts'
import type { Step } from './Step.ts'
import type { SubgraphResponse } from './Transport.ts'

type Requires = NonNullable<FetchNode['requires']>

/**
 * Compiles a fetch of `_entities`: the fields that a subgraph adds to objects which are in the tree already. Objects that lack what only
 * some of the fields require are asked for the others, in a request of their own.
 */
export function compileEntityFetch(node: FetchNode, requires: Requires, options: FetchOptions): Step {
  const place = compilePlanPath(options.path)
  const fetchFor = compileFetchFor({ ...node, requires: [...requires] }, options)
  return (state) => fetchFor(state, place.collect(state.root))
}

/** Fetches what some objects of the tree are to get. */
type FetchFor = (state: ExecutionState, entities: readonly Fields[]) => Promise<void>

function compileFetchFor(node: FetchNode & { requires: Requires }, options: FetchOptions): FetchFor {
  const { requires } = node
  const prepared = prepareFetch(node, options)
  const shape = prepared.shape.fields[0]?.shape
  if (!shape || prepared.shape.fields.length !== 1)
    throw new Error('Expected an entity fetch to select _entities alone')
  const entities = { requires, rewrites: node.inputRewrites ?? [], subgraph: node.serviceName, types: options.types }
  const fetch: EntityFetch = { ...prepared, shape, isMisplaced: compileMisplaced(entities) }
  const { beginList, missingFrom } = compileRepresentations(entities)
  const reductionFor = createReductions<FetchFor>(node, {
    types: options.types,
    compile: (reduced) => compileFetchFor(reduced, options),
  })
  return async (state, all) => {
    const asked: Asked = { list: beginList(), entities: [], indexes: [] }
    let reductions: Map<FetchFor, Fields[]> | undefined
    for (const entity of all) {
      const index = asked.list.add(entity)
      if (index !== undefined) {
        asked.entities.push(entity)
        asked.indexes.push(index)
        continue
      }
      state.failures.push({ kind: 'skipped', entity, requires, shape })
      const reduction = reductionFor?.(missingFrom(entity))
      if (!reduction) continue
      reductions ??= new Map()
      const others = reductions.get(reduction)
      if (others) others.push(entity)
      else reductions.set(reduction, [entity])
    }
    const rest = reductions && Promise.all([...reductions].map(([fetchFor, entities]) => fetchFor(state, entities)))
    if (asked.list.count > 0) {
      const body = fetch.writeBody(state.variables, asked.list.text())
      const { response, isFirst } = send(fetch, state, body)
      takeAnswer(fetch, state, { response: await response, asked, isFirst })
    }
    await rest
  }
}

type EntityFetch = PreparedFetch & { isMisplaced: IsMisplaced }

type Asked = {
  /** The distinct representations. */
  list: RepresentationList
  entities: Fields[]
  /** For each entity the index of its representation. */
  indexes: number[]
}

function takeAnswer(
  fetch: EntityFetch,
  state: ExecutionState,
  { response, asked, isFirst }: { response: SubgraphResponse; asked: Asked; isFirst: boolean },
): void {
  const { shape } = fetch
  const { entities, indexes } = asked
  const { count } = asked.list
  if (response.kind === 'failure') {
    fail(fetch, state, { response, targets: entities, isFirst })
    return
  }
  const { data, errors } = response
  const answer = data?._entities
  const received = isEntityList(answer, count) && !fetch.isMisplaced(asked, answer) ? answer : undefined
  if (received) {
    for (let i = 0; i < entities.length; i++) {
      // Both lists have an item for each entity.
      const source = received[indexes[i] as number]
      if (source) mergeAnswer(entities[i] as Fields, source, shape, fetch)
    }
  } else if (errors && (data === null || answer === null)) {
    state.failures.push({ kind: 'fetch', targets: entities, shape })
  } else {
    fail(fetch, state, { response: malformed(fetch.subgraph, count), targets: entities, isFirst })
    return
  }
  if (!errors) return
  const places = fetch.place.locate(state.root)
  for (const error of errors) {
    const [field, index, ...rest] = error.path ?? []
    const isPlaced = field === '_entities' && typeof index === 'number' && index < count
    const targets = isPlaced ? entities.filter((_, i) => indexes[i] === index) : entities
    const path = isPlaced ? treePath(rest, shape) : undefined
    if (path && path.length > 0 && isPlaced && received?.[index]) state.failures.push({ kind: 'field', targets, path })
    else state.failures.push({ kind: 'fetch', targets, shape })
    const [first] = targets
    const place = (first && places.get(first)) ?? []
    if (isFirst) state.reports.push(reportOf(fetch, error, { place, path, shape }))
  }
}

function malformed(subgraph: string, count: number): Extract<SubgraphResponse, { kind: 'failure' }> {
  const expected = `${count} ${count === 1 ? 'entity' : 'entities'}`
  const message = `The subgraph ${subgraph} did not answer with the ${expected} that it was asked for, in their order`
  return { kind: 'failure', code: 'SUBREQUEST_MALFORMED_RESPONSE', message }
}

function isEntityList(value: unknown, length: number): value is readonly (Fields | null)[] {
  return Array.isArray(value) && value.length === length && value.every((item) => item === null || isFields(item))
}
