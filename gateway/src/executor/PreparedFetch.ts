import type { FetchNode } from '@apollo/query-planner'
import { parse } from 'graphql'
import type { ErrorReport, ExecutionState } from './ExecutionState.ts'
import { type FetchShape, fetchShape } from './FetchShape.ts'
import type { Fields } from './ownField.ts'
import { compilePlanPath, type PlanPath, type ResponsePath } from './PlanPath.ts'
import { compileRequestBody, type WriteBody } from './RequestBody.ts'
import type { SupergraphTypes } from './SupergraphTypes.ts'
import type { SubgraphResponse } from './Transport.ts'
import { toErrorReport } from './toErrorReport.ts'

export type FetchOptions = {
  /** The path of the `FlattenNode`s around the fetch. */
  path: readonly (string | number)[]
  types: SupergraphTypes
  /** Whether another fetch of the plan may make the very same request. */
  isRepeated: boolean
}

/** What fetches of every kind have in common. */
export type PreparedFetch = {
  subgraph: string
  operation: 'query' | 'mutation'
  place: PlanPath
  shape: FetchShape
  writeBody: WriteBody
  types: SupergraphTypes
  copy: boolean
}

export function prepareFetch(node: FetchNode, options: FetchOptions): PreparedFetch {
  return {
    subgraph: node.serviceName,
    operation: node.operationKind === 'mutation' ? 'mutation' : 'query',
    place: compilePlanPath(options.path),
    shape: fetchShape(parse(node.operation, { noLocation: true }), node.outputRewrites ?? []),
    writeBody: compileRequestBody(node),
    types: options.types,
    copy: options.isRepeated,
  }
}

/** Sends a request, or joins the same request of another fetch: `isFirst` says who reports what goes wrong with it. */
export function send(
  fetch: PreparedFetch,
  state: ExecutionState,
  body: string,
): { response: Promise<SubgraphResponse>; isFirst: boolean } {
  const request = { subgraph: fetch.subgraph, operation: fetch.operation, body }
  if (!fetch.copy) return { response: state.transport.execute(request, state.context), isFirst: true }
  const key = `${fetch.subgraph}\n${body}`
  const sent = state.sent.get(key)
  if (sent) return { response: sent, isFirst: false }
  const response = state.transport.execute(request, state.context)
  state.sent.set(key, response)
  return { response, isFirst: true }
}

/** One failed request: one error, and its fields missing wherever they were to go. */
export function fail(
  fetch: PreparedFetch,
  state: ExecutionState,
  options: {
    response: Extract<SubgraphResponse, { kind: 'failure' }>
    targets: readonly Fields[]
    isFirst: boolean
  },
): void {
  const { response, targets, isFirst } = options
  state.failures.push({ kind: 'fetch', targets, shape: fetch.shape })
  if (!isFirst) return
  const [first] = targets
  state.reports.push({
    message: response.message,
    extensions: { ...response.extensions, code: response.code, service: fetch.subgraph },
    path: (first && fetch.place.locate(state.root).get(first)) ?? [],
    fields: fetch.shape.fields.map(({ name }) => name),
  })
}

export function reportOf(
  fetch: PreparedFetch,
  error: Parameters<typeof toErrorReport>[0],
  where: { place: ResponsePath; path: ResponsePath | undefined; shape: FetchShape },
): ErrorReport {
  const isWhole = !where.path || where.path.length === 0
  return toErrorReport(error, {
    subgraph: fetch.subgraph,
    path: [...where.place, ...(where.path ?? [])],
    ...(isWhole && { fields: where.shape.fields.map(({ name }) => name) }),
  })
}

/** A path in a subgraph's answer as a path in the tree: invented aliases renamed, cut off where it leaves what was asked for. */
export function treePath(path: ResponsePath, shape: FetchShape): ResponsePath {
  const renamed: (string | number)[] = []
  let current: FetchShape | undefined = shape
  for (const part of path) {
    if (typeof part === 'number') {
      renamed.push(part)
      continue
    }
    const field: FetchShape['fields'][number] | undefined = current?.fields.find((one) => one.sourceName === part)
    if (!field) break
    renamed.push(field.name)
    current = field.shape
  }
  return renamed
}
