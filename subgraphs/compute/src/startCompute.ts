import { randomBytes } from 'node:crypto'
import {
  type JobKind,
  openCompute,
  type ResultPlace,
  serveCallback,
  serveResult,
  type TargetPolicyOptions,
} from '@tributary/compute-service'
import { createStopStack, type Log } from '@tributary/runtime'
import { type RunningSubgraph, startSubgraph } from '@tributary/runtime/subgraph'
import type { Context } from './context.ts'
import { createLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

export type ComputeOptions = {
  /** The ledger's database, shared with the workers. */
  databaseUrl: string
  /** Queue and events over Redis rather than that database; as the workers have it. */
  redisUrl?: string | undefined
  port: number
  host: string
  /** The environment variable that sets the port, for the message when it is in use. */
  portSetting: string
  /** What the gateway signs its requests with; undefined answers everyone, as an anonymous client. */
  secret: string | undefined
  log: Log
  /** Where large results lie; as the workers have it. */
  resultPlace?: ResultPlace | undefined
  /** The address under which clients reach this server, for download URLs; its own by default. */
  publicUrl?: string | undefined
  /** Where webhooks may go; as the workers have it. */
  webhookTargets?: TargetPolicyOptions | undefined
  /** Told of every SQL statement on the ledger. */
  onStatement?(sql: string): void
  /** Kinds beside the built-in ones; as the workers have them. */
  extraKinds?: readonly JobKind[]
}

export type RunningCompute = RunningSubgraph & {
  /** The base URL below which functions report. */
  callbacksUrl: string
  /** How many subscriptions and waiting queries follow a job in this process, and how many jobs. */
  followerCounts(): { followers: number; jobs: number }
}

/** Starts the compute subgraph. It takes jobs and tells of them; `startWorkers` of compute-service runs them. */
export async function startCompute(options: ComputeOptions): Promise<RunningCompute> {
  const { databaseUrl, redisUrl, log, onStatement, extraKinds, resultPlace } = options
  const stack = createStopStack()
  // Where everybody is answered, URLs are signed all the same, by this process for itself.
  const downloadSecret = options.secret ?? randomBytes(32).toString('base64url')
  let ownUrl = ''
  try {
    const downloads = { baseUrl: () => `${options.publicUrl ?? ownUrl}/results`, secret: downloadSecret }
    const compute = stack.add(
      await openCompute({
        databaseUrl,
        redisUrl,
        log,
        onStatement,
        extraKinds,
        resultPlace,
        downloads,
        webhookSecret: options.secret,
        webhookTargets: options.webhookTargets,
      }),
    )
    const subgraph = stack.add(
      await startSubgraph<Context>({
        name: 'compute',
        resolvers,
        port: options.port,
        host: options.host,
        portSetting: options.portSetting,
        secret: options.secret,
        log,
        createContext: ({ identity }) => ({ identity, compute, loaders: createLoaders(compute) }),
        isReady: compute.isReady,
        async serveOther(request, response) {
          const { results, callbacks } = compute
          const { url = '' } = request
          if (url.startsWith('/callbacks/')) {
            await serveCallback({ path: url.slice('/callbacks'.length), request, response, callbacks })
            return true
          }
          if (!results || !url.startsWith('/results/')) return false
          await serveResult({ path: url.slice('/results'.length), request, response, results, secret: downloadSecret })
          return true
        },
      }),
    )
    ownUrl = new URL(subgraph.url).origin
    return {
      ...subgraph,
      callbacksUrl: `${ownUrl}/callbacks`,
      followerCounts: compute.followerCounts,
      stop() {
        compute.beginStop()
        return stack.stop()
      },
    }
  } catch (error) {
    await stack.stop()
    throw error
  }
}
