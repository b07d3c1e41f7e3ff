import { setTimeout as sleep } from 'node:timers/promises'
import { createStopStack } from '@tributary/runtime'
import { identityHeader, signIdentity } from '@tributary/runtime/identity'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { converse } from '../../process/converse.ts'
import { startProcess } from '../../process/startProcess.ts'
import type { Figure } from '../Figure.ts'
import { median } from '../median.ts'
import { type StreamBench, startBenchGateway } from '../StreamBench.ts'
import { benchKind } from './benchKind.ts'

const follow = 'subscription Follow($id: ID!) { jobUpdates(id: $id) { seq job { id status finishedAt } } }'
const submit = `mutation { submitJob(kind: "${benchKind.name}", input: {waitMs: 150}) { id } }`

/** Known to the compute subgraph of the bench and its gateway only. */
const secret = 'only the bench of streams knows it'

/**
 * From the ledger's end of a job to the client's event of it: through the gateway, and from the compute subgraph itself, in turn. Jobs have no other
 * client, and end at other times than they are submitted.
 */
export async function measureLatency(bench: StreamBench, jobs: number): Promise<Figure[]> {
  const stack = createStopStack()
  try {
    const { root, outputDirectory, log, tokens, users } = bench
    const compute = stack.add(
      startProcess(
        {
          command: process.execPath,
          args: [
            '--import',
            'tsx',
            `${root}/test/bench/streams/latency/computeMain.ts`,
            `${outputDirectory}/data`,
            secret,
          ],
          cwd: root,
          env: bench.environment,
        },
        { cores: undefined, log, ipc: true },
      ),
    )
    // What latency/computeMain.ts says when it is ready.
    const url = (await converse(compute)).ready as string
    const gateway = stack.add(
      await startBenchGateway(bench, { SUBGRAPH_URLS: `compute=${url}`, SUBGRAPH_SECRET: secret }),
    )
    const [token = ''] = tokens
    const [userId = ''] = users
    const authorization = `Bearer ${token}`
    const clients = {
      gateway: openClient(`ws://127.0.0.1:${gateway.port}/graphql`, () => ({ authorization })),
      direct: openClient(url.replace('http', 'ws'), () => ({
        [identityHeader]: signIdentity({ userId, scopes: [], expiresAtMs: Date.now() + 3_600_000 }, '', secret),
      })),
    }
    for (const client of Object.values(clients)) stack.add({ stop: async () => void (await client.dispose()) })
    const samples = { gateway: [] as number[], direct: [] as number[] }
    const warmUp = Math.ceil(jobs / 5)
    for (let n = 0; n < jobs + warmUp; n++) {
      for (const way of ['direct', 'gateway'] as const) {
        const id = await submitJob(`http://127.0.0.1:${gateway.port}/graphql`, authorization)
        const latencyMs = await untilHeard(clients[way], id)
        if (n >= warmUp) samples[way].push(latencyMs)
        // Anything between two jobs would do; by chance, so that they do not fall into step with timers.
        await sleep(Math.random() * 20)
      }
    }
    const through = median(samples.gateway)
    const direct = median(samples.direct)
    const how = `median of ${jobs} jobs each way, one identity; direct ${direct.toFixed(2)} ms, through the gateway ${through.toFixed(2)} ms`
    return [
      {
        measure: 'job finished to client event, against direct',
        value: through / direct,
        unit: 'x',
        must: 3,
        goal: 1.5,
        how,
      },
    ]
  } finally {
    await stack.stop()
  }
}

function openClient(url: string, connectionParams: () => Record<string, unknown>): Client {
  // Its socket stays open: what is measured is not connecting.
  return createClient({ url, webSocketImpl: WebSocket, connectionParams, lazy: false, retryAttempts: 0 })
}

async function submitJob(url: string, authorization: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: submit }),
  })
  const { data, errors } = await response.json()
  if (!data?.submitJob) throw new Error(`Expected a job, got ${JSON.stringify(errors)}`)
  return data.submitJob.id
}

async function untilHeard(client: Client, id: string): Promise<number> {
  for await (const { data, errors } of client.iterate<{ jobUpdates: { job: { status: string; finishedAt: string } } }>({
    query: follow,
    variables: { id },
  })) {
    const nowMs = performance.timeOrigin + performance.now()
    if (!data) throw new Error(`Expected an update, got ${JSON.stringify(errors)}`)
    const { status, finishedAt } = data.jobUpdates.job
    if (status === 'SUCCEEDED') return nowMs - Date.parse(finishedAt)
  }
  throw new Error('Expected the job to succeed')
}
