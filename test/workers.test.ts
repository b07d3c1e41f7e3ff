import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, type StopStack } from '@tributary/runtime'
import { bundleOf } from '@tributary/runtime/testing'
import { readGatewaySettings } from '../gateway/src/config.ts'
import {
  type FixtureGraph,
  fixtureSecret,
  fixtureSupergraphSdl,
  startFixtureGraph,
} from '../gateway/src/server/webSocketDoor.fixture.ts'
import { startProcess } from './startProcess.ts'

let stack: StopStack
let dataDir: string
let graph: FixtureGraph

beforeAll(async () => {
  stack = createStopStack()
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-workers-'))
  stack.add({ stop: () => rm(dataDir, { recursive: true }) })
  await writeFile(join(dataDir, 'supergraph.graphql'), fixtureSupergraphSdl)
  graph = await startFixtureGraph(stack)
})
afterAll(() => stack.stop())

test('workers share a port: one that is killed is replaced while others serve, all take a new graph, and SIGTERM loses nothing', async () => {
  const gateway = startProcess(bundleOf('gateway/src/main.ts'), {
    ...settings(),
    GATEWAY_WORKERS: '2',
    SUBGRAPH_DEDUPE: '0',
    SUPERGRAPH_POLL_MS: '100',
  })
  stack.add({ stop: async () => void (await gateway.stop('SIGKILL')) })
  const [, url = ''] = await gateway.waitFor(/"url":"(http:\/\/127\.0\.0\.1:\d+)/)
  await gateway.waitFor(/"workers":2,"msg":"gateway workers listen"/)
  const ask = async (query: string, signal?: AbortSignal) => {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const body = JSON.stringify({ query })
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body, ...(signal && { signal }) })
    return response.json()
  }

  // Connections are dealt out in turn: each worker has had some of these.
  const pong = { data: { ping: 'pong' } }
  for (let n = 0; n < 4; n++) expect(await ask('{ ping }')).toEqual(pong)
  expect((await fetch(`${url}/graphql`, { method: 'PUT' })).status).toBe(405)

  const [, victim = ''] = await gateway.waitFor(/"pid":(\d+),"msg":"gateway worker listens"/)
  process.kill(Number(victim), 'SIGKILL')
  await gateway.waitFor(/"signal":"SIGKILL","msg":"gateway worker died"/)
  expect(await ask('{ ping }')).toEqual(pong)
  await gateway.waitFor(/"workers":2,"msg":"gateway worker replaced"/)
  for (let n = 0; n < 4; n++) expect(await ask('{ ping }')).toEqual(pong)

  await writeFile(join(dataDir, 'supergraph.graphql'), `${fixtureSupergraphSdl}\n"Something new." scalar Novelty`)
  await gateway.waitFor(/serving a new supergraph[\s\S]*serving a new supergraph/)

  const answers = Array.from({ length: 20 }, () => ask('{ slow }'))
  const answerSlow = await graph.feed.slowWaits(20)
  const ended = gateway.stop('SIGTERM')
  // Only when it has heard: nothing new is let in any more. What reaches the port when no worker takes connections waits there, unanswered.
  for (;;) {
    const isOpen = await ask('{ ping }', AbortSignal.timeout(1_000)).catch(() => false)
    if (!isOpen) break
  }
  answerSlow()
  for (const answer of answers) expect(await answer).toEqual({ data: { slow: 'at last' } })
  expect(await ended).toBe(0)
  for (const line of gateway.output().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
}, 240_000)

test('workers that cannot start end the program, and what they cannot do with others is told', async () => {
  const broken = startProcess(bundleOf('gateway/src/main.ts'), {
    ...settings(),
    GATEWAY_WORKERS: '2',
    SUPERGRAPH: join(dataDir, 'nowhere'),
  })
  expect(await broken.exited).toBe(1)
  expect(broken.output()).toMatch(/nowhere[\s\S]*No gateway worker could start\.\n$/)
  const toCallBack = { GATEWAY_WORKERS: 'max', SUBGRAPH_STREAMS: 'feed=callback' }
  const read = () =>
    readGatewaySettings({ ...settings(), ...toCallBack, ...(availableParallelism() === 1 && { GATEWAY_WORKERS: '2' }) })
  expect(read).toThrow('not both')
}, 120_000)

function settings(): Record<string, string> {
  return {
    PORT: '0',
    SUPERGRAPH: join(dataDir, 'supergraph.graphql'),
    SUBGRAPH_URLS: `feed=${graph.urls.feed},items=${graph.urls.items}`,
    SUBGRAPH_SECRET: fixtureSecret,
    SUBGRAPH_TIMEOUT_MS: '100000',
    OPERATION_TIMEOUT_MS: '100000',
  }
}
