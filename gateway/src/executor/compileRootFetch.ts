import type { FetchNode } from '@apollo/query-planner'
import type { ExecutionState } from './ExecutionState.ts'
import { mergeAnswer } from './mergeAnswer.ts'
import type { Fields } from './ownField.ts'
import { type FetchOptions, fail, type PreparedFetch, prepareFetch, reportOf, send, treePath } from './PreparedFetch.ts'
import type { Step } from './Step.ts'
import type { SubgraphResponse } from './Transport.ts'

/** Compiles a fetch without representations: of root fields, wherever in the answer an object of a root type stands. */
export function compileRootFetch(node: FetchNode, options: FetchOptions): Step {
  const fetch = prepareFetch(node, options)
  return async (state) => {
    const targets = fetch.place.collect(state.root)
    if (targets.length === 0) return
    const { response, isFirst } = send(fetch, state, fetch.writeBody(state.variables, undefined))
    takeAnswer(fetch, state, { response: await response, targets, isFirst })
  }
}

/** Takes the answer to a fetch into the tree. */
export type TakeAnswer = (state: ExecutionState, response: SubgraphResponse) => void

/** Compiles what {@link compileRootFetch} does with an answer, for the primary of a subscription, whose answers come as events. */
export function compileTakeAnswer(node: FetchNode, options: FetchOptions): TakeAnswer {
  const fetch = prepareFetch(node, options)
  return (state, response) => takeAnswer(fetch, state, { response, targets: [state.root], isFirst: true })
}

function takeAnswer(
  fetch: PreparedFetch,
  state: ExecutionState,
  answer: { response: SubgraphResponse; targets: readonly Fields[]; isFirst: boolean },
): void {
  const { response, targets, isFirst } = answer
  const { shape } = fetch
  if (response.kind === 'failure') {
    fail(fetch, state, { response, targets, isFirst })
    return
  }
  const { data, errors } = response
  if (data) for (const target of targets) mergeAnswer(target, data, shape, fetch)
  else state.failures.push({ kind: 'fetch', targets, shape })
  if (!errors) return
  const [first] = targets
  const place = (first && fetch.place.locate(state.root).get(first)) ?? []
  for (const error of errors) {
    const path = error.path && treePath(error.path, shape)
    if (path && path.length > 0) state.failures.push({ kind: 'field', targets, path })
    else for (const { name } of shape.fields) state.failures.push({ kind: 'field', targets, path: [name] })
    if (isFirst) state.reports.push(reportOf(fetch, error, { place, path, shape }))
  }
}
