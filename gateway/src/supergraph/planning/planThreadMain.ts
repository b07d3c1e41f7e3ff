import { parentPort, workerData } from 'node:worker_threads'
import { Supergraph } from '@apollo/federation-internals'
import { parse } from 'graphql'
import { renameForPlanner } from '../../operation/renameForPlanner.ts'
import { selectOperation } from '../../operation/selectOperation.ts'
import { createPlanner } from '../repair/createPlanner.ts'
import type { PlanAnswer, PlanRequest, PlanThreadData } from './PlanMessage.ts'

// A thread that plans, one operation after the other, for `createPlanElsewhere.ts`, which has started it with this.
const { supergraphSdl } = workerData as PlanThreadData
const planner = createPlanner(Supergraph.build(supergraphSdl), supergraphSdl)

const answer = (message: PlanAnswer) => parentPort?.postMessage(message)
parentPort?.on('message', (request: PlanRequest) => answer({ id: request.id, planJson: plan(request) }))
answer('ready')

function plan({ text, operationName }: PlanRequest): string | undefined {
  try {
    const selected = selectOperation(parse(text, { noLocation: true }), operationName)
    if (selected.kind === 'errors') return undefined
    return JSON.stringify(planner.plan(renameForPlanner(selected, planner.names).selected))
  } catch {
    // Whoever asked finds out why, and tells it.
    return undefined
  }
}
