import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createStopStack, type Running, type StopStack } from '@tributary/runtime'
import { bundlePrograms } from '../../../start/bundlePrograms.ts'
import { readBaseEnvironment } from '../config.ts'
import { createTokens } from '../measure/createTokens.ts'
import { type Conversation, converse } from '../process/converse.ts'
import { startProcess } from '../process/startProcess.ts'
import type { ClientOrder, Delivery } from './clients/main.ts'
import { composeFeedGraph } from './feed/feedGraph.ts'
import type { FeedCounts, Published } from './feed/main.ts'
import type { GatewayOrder, MemoryUse } from './gateway/main.ts'

/** What all measurements share. */
export type StreamBench = {
  root: string
  outputDirectory: string
  /** Where processes write what they have to say. */
  log: string
  programs: Record<'gateway' | 'feed' | 'clients', string>
  environment: Record<string, string>
  jwksFile: string
  /** A token for each user. */
  tokens: readonly string[]
  users: readonly string[]
}

/** How many users there are. */
const userCount = 500

/** Builds the programs, makes tokens. */
export async function prepareStreamBench(root: string): Promise<StreamBench> {
  const outputDirectory = `${root}/test/bench/output/streams`
  rmSync(outputDirectory, { recursive: true, force: true })
  mkdirSync(outputDirectory, { recursive: true })
  const program = async (name: string) => {
    const file = `${outputDirectory}/${name}.mjs`
    await bundlePrograms([{ program: `${root}/test/bench/streams/${name}/main.ts`, output: file }])
    return file
  }
  const jwksFile = `${outputDirectory}/jwks.json`
  return {
    root,
    outputDirectory,
    log: `${outputDirectory}/output.log`,
    programs: { gateway: await program('gateway'), feed: await program('feed'), clients: await program('clients') },
    environment: readBaseEnvironment(),
    jwksFile,
    tokens: await createTokens(userCount, jwksFile),
    users: Array.from({ length: userCount }, (_, n) => `bench-${n}`),
  }
}

export type BenchGateway = Running & {
  port: number
  memory(): Promise<MemoryUse>
  counts(): Promise<{ streams: number; responses: number }>
}

/** Starts a gateway as `npm run start:gateway` does, in a process of its own, with these settings and the bench's keys. */
export async function startBenchGateway(bench: StreamBench, env: Record<string, string>): Promise<BenchGateway> {
  const started = startProcess(
    {
      command: process.execPath,
      args: ['--expose-gc', '--max-semi-space-size=64', '--min-semi-space-size=64', bench.programs.gateway],
      cwd: bench.root,
      env: { ...bench.environment, PORT: '0', JWKS_FILE: bench.jwksFile, ...env },
    },
    { cores: undefined, log: bench.log, ipc: true },
  )
  const { ready, ask } = await converse(started)
  const order = (one: GatewayOrder) => ask(one)
  return {
    // What gateway/main.ts says and answers.
    port: ready as number,
    memory: async () => (await order({ kind: 'memory' })) as MemoryUse,
    counts: async () => (await order({ kind: 'counts' })) as { streams: number; responses: number },
    stop: started.stop,
  }
}

/** A gateway, the subgraphs behind it and processes of clients. */
export type Scene = Running & {
  gateway: BenchGateway
  publish(): Promise<Published>
  feedCounts(): Promise<FeedCounts>
  /** Every process of clients does its share of an order. */
  clients: {
    open(sockets: number, tokens: readonly string[]): Promise<void>
    subscribe(order: { sockets: number; each: number; ids: readonly string[] }): Promise<void>
    awaitEvents(): Promise<Delivery>
    churn(cycles: number, ids: readonly string[]): Promise<void>
    close(): Promise<void>
  }
}

/** How many processes of clients there are. */
const clientProcesses = 2

/** Starts a {@link Scene}. */
export async function startScene(bench: StreamBench, env: Record<string, string> = {}): Promise<Scene> {
  const stack = createStopStack()
  try {
    const feed = await startConversation(stack, bench, bench.programs.feed)
    // What feed/main.ts says when it is ready.
    const urls = feed.ready as { feed: string; owners: string }
    const supergraphFile = `${bench.outputDirectory}/supergraph.graphql`
    writeFileSync(supergraphFile, composeFeedGraph(urls))
    const gateway = stack.add(await startBenchGateway(bench, { SUPERGRAPH: supergraphFile, ...env }))
    const crowds = await Promise.all(
      Array.from({ length: clientProcesses }, () => startConversation(stack, bench, bench.programs.clients)),
    )
    const all = (orderOf: (share: (whole: number) => number, index: number) => ClientOrder) =>
      Promise.all(
        crowds.map((crowd, index) =>
          crowd.ask(orderOf((whole) => Math.floor((whole + index) / clientProcesses), index)),
        ),
      )
    return {
      gateway,
      // What feed/main.ts answers.
      publish: async () => (await feed.ask({ kind: 'publish' })) as Published,
      feedCounts: async () => (await feed.ask({ kind: 'counts' })) as FeedCounts,
      clients: {
        async open(sockets, tokens) {
          const { port } = gateway
          await all((share, index) => ({
            kind: 'open',
            count: share(sockets),
            port,
            // Each process has users of its own.
            tokens: tokens.length > 1 ? tokens.filter((_, n) => n % clientProcesses === index) : tokens,
            firstAddress: index * 4,
          }))
        },
        async subscribe({ sockets, each, ids }) {
          await all((share) => ({ kind: 'subscribe', sockets: share(sockets), each, ids }))
        },
        async awaitEvents() {
          // What clients/main.ts answers.
          const deliveries = (await all(() => ({ kind: 'await' }))) as Delivery[]
          return {
            received: deliveries.reduce((sum, one) => sum + one.received, 0),
            expected: deliveries.reduce((sum, one) => sum + one.expected, 0),
            lastAtMs: Math.max(...deliveries.map((one) => one.lastAtMs)),
          }
        },
        async churn(cycles, ids) {
          await all((share) => ({ kind: 'churn', cycles: share(cycles), ids }))
        },
        async close() {
          await all(() => ({ kind: 'close' }))
        },
      },
      stop: stack.stop,
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

async function startConversation(
  stack: StopStack,
  bench: StreamBench,
  program: string,
): Promise<Conversation & { ready: unknown }> {
  const started = stack.add(
    startProcess(
      { command: process.execPath, args: [program], cwd: bench.root, env: bench.environment },
      { cores: undefined, log: bench.log, ipc: true },
    ),
  )
  return converse(started)
}
