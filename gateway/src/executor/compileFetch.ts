import type { FetchNode } from '@apollo/query-planner'
import { compileEntityFetch } from './compileEntityFetch.ts'
import { compileRootFetch } from './compileRootFetch.ts'
import type { FetchOptions } from './PreparedFetch.ts'
import type { Step } from './Step.ts'

/**
 * Compiles a `FetchNode`: collect what it is about, fill in the request's template, send, merge the answer in place. An entity fetch
 * sends each distinct representation once, and nothing when there is none.
 */
export function compileFetch(node: FetchNode, options: FetchOptions): Step {
  return node.requires ? compileEntityFetch(node, node.requires, options) : compileRootFetch(node, options)
}
