import type { ExecutionResult } from 'graphql'
import type { IncrementalRun } from '../executor/executeDeferPlan.ts'
import type { Answer } from '../executor/executePlan.ts'
import type { FlatAnswer } from '../executor/flat/executeFlat.ts'
import type { FlatTrees } from '../executor/flat/FlatTrees.ts'
import type { RequestContext } from '../executor/RequestContext.ts'
import type { Transport } from '../executor/Transport.ts'
import type { SubscriptionCursor } from './subscriptionCursor.ts'

/** A client operation made ready to run, any number of times, with any variables. It depends on its text and supergraph alone. */
export type CompiledOperation =
  | {
      kind: 'query' | 'mutation'
      name: string | undefined
      /** Whether it has a plan for each setting of the variables in its conditions, made when it is first met. */
      hasManyPlans: boolean
      execute: Execute
      /** The same for who only sends the result on. `data` is absent when the request was not valid. */
      answer(request: ExecuteRequest): Promise<Partial<Answer>>
      /** The same for who can send the whole answer as bytes, where it has no errors and comes out of plain answers of subgraphs. */
      answerBytes(request: ExecuteRequest, trees: FlatTrees): Promise<FlatAnswer | Partial<Answer>>
      /** The answer in parts, for who takes it so; present where the operation has a `@defer`. */
      incremental: IncrementalOperation | undefined
    }
  | CompiledSubscription

export type CompiledSubscription = {
  kind: 'subscription'
  name: string | undefined
  primary: SubscriptionPrimary
  completeEvent: CompleteEvent
}

/** Runs the operation. Never rejects for anything a subgraph or a client does: that is an error in the result. */
export type Execute = (request: ExecuteRequest) => Promise<ExecutionResult>

/** The way of an operation whose `@defer`s are heeded. All other ways give its whole answer in one. */
export type IncrementalOperation = {
  /** Whether, with these raw variables, anything is deferred. */
  isOn(variables: ExecuteRequest['variables']): boolean
  /** Begins it; undefined when it is not on. */
  begin(request: ExecuteRequest): IncrementalRun | undefined
}

export type ExecuteRequest = {
  /** The raw `variables` of the request, not coerced yet. */
  variables: Record<string, unknown> | undefined
  context: RequestContext
  transport: Transport
}

/** What to subscribe to upstream. */
export type SubscriptionPrimary = {
  subgraph: string
  /** How it goes on when it is lost, where it can. */
  cursor?: SubscriptionCursor | undefined
  /** The operation to send. Gives coerced variables, or the errors that make the request invalid (`BAD_USER_INPUT`). */
  request(variables: Record<string, unknown> | undefined): PrimaryRequest
}

export type PrimaryRequest =
  | {
      kind: 'request'
      query: string
      variables: Record<string, unknown>
      /** All of the operation's variables, coerced, as JSON; the one that only says where to begin is left out. */
      asked: string
    }
  | { kind: 'errors'; errors: NonNullable<ExecutionResult['errors']> }

/** One upstream event -> the client's event, with the fields of other subgraphs fetched. Never rejects. */
export type CompleteEvent = (event: ExecutionResult, request: ExecuteRequest) => Promise<Partial<Answer>>
