import type { ExecutionState } from './ExecutionState.ts'

/** A step of a compiled plan. Never rejects for what a subgraph does. */
export type Step = (state: ExecutionState) => Promise<void>
